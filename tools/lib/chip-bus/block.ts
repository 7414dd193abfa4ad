// SPDX-License-Identifier: MIT
import { crc16 } from "./crc16.js";

/** Node address byte of a block (UM11225). */
export const nodeAddress = { toChip: 0x5a, toHost: 0xa5 } as const;

/** Error code in the low bits of an R-block's PCB (ISO/IEC 7816-3, 11.3.2.2; "missed" is NXP's addition). */
export const rError = { none: 0, crc: 1, other: 2, nodeAddressMissed: 3 } as const;

/** Codes of the supervisory blocks (ISO/IEC 7816-3, 11.3.2.3, and UM11225 from 5 on). */
export const sCode = {
	resync: 0x00,
	ifs: 0x01,
	abort: 0x02,
	wtx: 0x03,
	endOfApduSession: 0x05,
	chipReset: 0x06,
	getAtr: 0x07,
	interfaceSoftReset: 0x0f,
} as const;

/** Longest information field: IFSC and IFSD of T=1 over I2C. */
export const maximumInformation = 254;

/** NAD, PCB and LEN in front of the information field, two CRC bytes behind it. */
export const blockOverhead = 5;

export type Sequence = 0 | 1;

export interface InformationBlock {
	kind: "I";
	sequence: Sequence;
	more: boolean;
	information: Uint8Array;
}
export interface ReceiveReadyBlock {
	kind: "R";
	sequence: Sequence;
	error: number;
}
export interface SupervisoryBlock {
	kind: "S";
	code: number;
	response: boolean;
	information: Uint8Array;
}
export type Block = InformationBlock | ReceiveReadyBlock | SupervisoryBlock;

/** What can be wrong with received bytes, before any state is looked at. */
export type Defect = "nad" | "length" | "crc" | "pcb";

export const otherSequence = (sequence: Sequence): Sequence => (sequence === 0 ? 1 : 0);

function controlByte(block: Block): number {
	switch (block.kind) {
		case "I":
			return (block.sequence << 6) | (block.more ? 0x20 : 0);
		case "R":
			return 0x80 | (block.sequence << 4) | block.error;
		case "S":
			return (block.response ? 0xe0 : 0xc0) | block.code;
	}
}

/** One frame: `NAD PCB LEN INF CRC-low CRC-high`. */
export function encodeBlock(nad: number, block: Block): Uint8Array {
	const information = block.kind === "R" ? new Uint8Array(0) : block.information;
	const frame = new Uint8Array(information.length + blockOverhead);
	frame.set([nad, controlByte(block), information.length]);
	frame.set(information, 3);
	return withCrc(frame);
}

/** Writes the CRC of all bytes but the last two into those two, the low byte first. */
export function withCrc(frame: Uint8Array): Uint8Array {
	if (frame.length > 2) {
		const crc = crc16(frame.subarray(0, -2));
		frame.set([crc & 0xff, crc >> 8], frame.length - 2);
	}
	return frame;
}

/** Takes a frame apart; a string says why it is not a block. */
export function decodeBlock(nad: number, frame: Uint8Array): Block | Defect {
	const [address, pcb, length] = frame;
	if (address === undefined || pcb === undefined || length === undefined) return "length";
	if (address !== nad) return "nad";
	if (length > maximumInformation || frame.length !== length + blockOverhead) return "length";
	if (crc16(frame.subarray(0, -2)) !== (frame[frame.length - 2]! | (frame[frame.length - 1]! << 8))) return "crc";
	return fromControlByte(pcb, frame.slice(3, -2));
}

function fromControlByte(pcb: number, information: Uint8Array): Block | Defect {
	if ((pcb & 0x9f) === 0) return { kind: "I", sequence: pcb & 0x40 ? 1 : 0, more: (pcb & 0x20) !== 0, information };
	if ((pcb & 0xec) === 0x80)
		return information.length === 0 ? { kind: "R", sequence: pcb & 0x10 ? 1 : 0, error: pcb & 0x03 } : "length";
	if ((pcb & 0xc0) === 0xc0) return { kind: "S", code: pcb & 0x1f, response: (pcb & 0x20) !== 0, information };
	return "pcb";
}

/** A block in the words of ISO/IEC 7816-3, for traces: `I(1,0)`, `R(0) CRC error`, `S(WTX request)`. */
export function describeBlock(block: Block | Defect): string {
	if (typeof block === "string") return `defective: ${block}`;
	switch (block.kind) {
		case "I":
			return `I(${block.sequence},${block.more ? 1 : 0})`;
		case "R":
			return `R(${block.sequence}) ${["ACK", "NAK CRC", "NAK other", "NAK NAD missed"][block.error]}`;
		case "S":
			return `S(${supervisoryName(block.code)} ${block.response ? "response" : "request"})`;
	}
}

const supervisoryNames: Record<number, string> = {
	[sCode.resync]: "RESYNC",
	[sCode.ifs]: "IFS",
	[sCode.abort]: "ABORT",
	[sCode.wtx]: "WTX",
	[sCode.endOfApduSession]: "end of APDU session",
	[sCode.chipReset]: "chip reset",
	[sCode.getAtr]: "get ATR",
	[sCode.interfaceSoftReset]: "interface soft reset",
};

function supervisoryName(code: number): string {
	return supervisoryNames[code] ?? `code ${code.toString(16).padStart(2, "0")}`;
}
