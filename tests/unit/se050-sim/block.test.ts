// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
	type Block,
	decodeBlock,
	describeBlock,
	encodeBlock,
	nodeAddress,
	sCode,
} from "../../../tools/lib/chip-bus/block.js";
import { crc16 } from "../../../tools/lib/chip-bus/crc16.js";
import { bytes } from "./host.js";

const none = new Uint8Array(0);
const atr = "00A0000003960403E800FE020B03E80801000000006400000A4A434F5034204154504F";
const selectApplet = "00A4040010A0000003965453000000010300000000";
const supervisory = (code: number, response: boolean, information: Uint8Array = none): Block => ({
	kind: "S",
	code,
	response,
	information,
});

test("the CRC is CRC-16/X-25", () => {
	assert.is(crc16(Buffer.from("123456789")), 0x906e);
	assert.is(crc16(bytes("00 30 5F 6F F2")), 0x78a1);
	assert.is(crc16(bytes("01 02 03 04")), 0x3991);
});

/** Frames of the host as published or computed for UM11225, and what they say. */
const hostFrames: [string, string][] = [
	["5A C0 00 FF FC", "S(RESYNC request)"],
	["5A CF 00 37 7F", "S(interface soft reset request)"],
	["5A C7 00 F7 B1", "S(get ATR request)"],
	["5A C5 00 47 82", "S(end of APDU session request)"],
	["5A C6 00 2F A8", "S(chip reset request)"],
	["5A E3 01 01 F2 1B", "S(WTX response)"],
	["5A E3 01 02 69 29", "S(WTX response)"],
	["5A C1 01 FE 09 A2", "S(IFS request)"],
	["5A C2 00 4F CF", "S(ABORT request)"],
	["5A 80 00 99 BA", "R(0) ACK"],
	["5A 90 00 08 2F", "R(1) ACK"],
	["5A 81 00 41 A3", "R(0) NAK CRC"],
	["5A 91 00 D0 36", "R(1) NAK CRC"],
	["5A 82 00 29 89", "R(0) NAK other"],
	["5A 92 00 B8 1C", "R(1) NAK other"],
	[`5A 00 16 ${selectApplet} 00 A8 C8`, "I(0,0)"],
	["5A 00 0B 80 02 00 07 06 41 04 F0 00 01 01 61 F9", "I(0,0)"],
	["5A 40 13 80 02 00 00 00 00 0A 41 04 7F FF 02 06 43 02 00 12 00 00 16 8B", "I(1,0)"],
];
for (const [frame, meaning] of hostFrames)
	test(`the host's frame ${frame.slice(0, 30)} is ${meaning}`, () => {
		assert.is(describeBlock(decodeBlock(nodeAddress.toChip, bytes(frame))), meaning);
	});

/** Frames of the chip, byte for byte. */
const chipFrames: [Block, string][] = [
	[supervisory(sCode.resync, true), "A5 E0 00 3F 19"],
	[supervisory(sCode.interfaceSoftReset, true, bytes(atr)), `A5 EF 23 ${atr} 87 77`],
	[supervisory(sCode.getAtr, true, bytes(atr)), `A5 E7 23 ${atr} 2A 8D`],
	[supervisory(sCode.endOfApduSession, true), "A5 E5 00 87 67"],
	[supervisory(sCode.chipReset, true), "A5 E6 00 EF 4D"],
	[supervisory(sCode.wtx, false, Uint8Array.of(1)), "A5 C3 01 01 1B DD"],
	[supervisory(sCode.wtx, false, Uint8Array.of(2)), "A5 C3 01 02 80 EF"],
	[supervisory(sCode.ifs, true, Uint8Array.of(254)), "A5 E1 01 FE E0 64"],
	[{ kind: "R", sequence: 0, error: 0 }, "A5 80 00 6A 7C"],
	[{ kind: "R", sequence: 1, error: 0 }, "A5 90 00 FB E9"],
	[
		{ kind: "I", sequence: 0, more: false, information: bytes("030101 6FFF 010B 9000") },
		"A5 00 09 03 01 01 6F FF 01 0B 90 00 CC 8B",
	],
	[
		{ kind: "I", sequence: 0, more: false, information: bytes("070200 3F9F FFFF 9000") },
		"A5 00 09 07 02 00 3F 9F FF FF 90 00 C2 76",
	],
	[{ kind: "I", sequence: 1, more: false, information: bytes("6985") }, "A5 40 02 69 85 00 C1"],
	[{ kind: "I", sequence: 0, more: false, information: bytes("9000") }, "A5 00 02 90 00 02 AF"],
	[
		{ kind: "I", sequence: 0, more: false, information: bytes("41 02 01 D6 90 00") },
		"A5 00 06 41 02 01 D6 90 00 9E E4",
	],
];
for (const [block, frame] of chipFrames)
	test(`the chip's ${describeBlock(block)} is ${frame.slice(0, 30)}`, () => {
		assert.equal(Buffer.from(encodeBlock(nodeAddress.toHost, block)), bytes(frame));
	});

const defects: [string, string, string][] = [
	["a wrong CRC", "5A C0 00 FF FD", "crc"],
	["a CRC with its bytes swapped", "5A C0 00 FC FF", "crc"],
	["another node address", "A5 C0 00 5E F4", "nad"],
	["fewer bytes than LEN says", "5A E3 01 F2 1B", "length"],
	["more bytes than LEN says", "5A C0 00 FF FC 00", "length"],
	["two bytes", "5A C0", "length"],
	["an R-block with information", "5A 80 01 00 C9 C5", "length"],
	["an unknown PCB", "5A A0 00 08 8B", "pcb"],
];
for (const [what, frame, defect] of defects)
	test(`a frame with ${what} is refused for its ${defect}`, () => {
		const raw = bytes(frame);
		if (defect === "length" || defect === "pcb") {
			const crc = crc16(raw.subarray(0, -2));
			if (raw.length > 4) raw.writeUInt16LE(crc, raw.length - 2);
		}
		assert.is(decodeBlock(nodeAddress.toChip, raw), defect);
	});

test("LEN 255 is refused", () => {
	const frame = Buffer.concat([bytes("5A 00 FF"), Buffer.alloc(257)]);
	frame.writeUInt16LE(crc16(frame.subarray(0, -2)), 258);
	assert.is(decodeBlock(nodeAddress.toChip, frame), "length");
});

test("an information field of 254 bytes survives encoding and decoding", () => {
	const information = new Uint8Array(254).map((_, index) => index);
	const block: Block = { kind: "I", sequence: 1, more: true, information };
	assert.equal(decodeBlock(nodeAddress.toHost, encodeBlock(nodeAddress.toHost, block)), block);
});

test.run();
