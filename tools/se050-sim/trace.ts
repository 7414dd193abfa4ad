// SPDX-License-Identifier: MIT
import { appendFileSync } from "node:fs";
import { toHex } from "../lib/bytes.js";
import { UserError } from "../lib/user-error.js";
import { commandName } from "./applet/applet.js";
import { decodeBlock, describeBlock, nodeAddress } from "./data-link/block.js";
import type { DataLinkListener } from "./data-link/t1.js";
import type { Fault } from "./faults/fault.js";

/** One I2C transaction, or another request of the host, with its beginning and end. */
export interface TransactionRecord {
	layer: "i2c";
	/** Beginning, in microseconds of simulated time. */
	time: number;
	end: number;
	operation: "write" | "read" | "sleep" | "enable" | "disable";
	/** 7-bit; of writes and reads only. */
	address?: number;
	/** What was written or read, in hexadecimal digits. */
	bytes?: string;
	/** Bytes that were asked for by a read. */
	count?: number;
	/** Bytes acknowledged before a NACK; 0 where the address was not. Absent where all was acknowledged. */
	nackedAfter?: number;
}

/** One T=1 block, when it had come or when it could be read. */
export interface BlockRecord {
	layer: "t1";
	time: number;
	from: "host" | "chip";
	/** As ISO/IEC 7816-3 writes it: `I(0,1)`, `R(1) ACK`, `S(WTX request)`; or what is wrong with it. */
	block: string;
	bytes: string;
}

/** One APDU, when it had come or when it was computed. */
export interface ApduRecord {
	layer: "apdu";
	time: number;
	from: "host" | "chip";
	/** The command, as AN12413 calls it. */
	command: string;
	/** Status word of an answer, four hexadecimal digits. */
	status?: string;
	bytes: string;
}

/** A fault that came; of blocks, when the host's had come. */
export interface FaultRecord {
	layer: "fault";
	time: number;
	fault: Fault;
}

export type TraceRecord = TransactionRecord | BlockRecord | ApduRecord | FaultRecord;
export type TraceListener = (record: TraceRecord) => void;

/** Turns what the data link tells into records. */
export function dataLinkTrace(trace: TraceListener | undefined): DataLinkListener {
	if (!trace) return { onBlock() {}, onApdu() {} };
	return {
		onBlock(from, frame, time) {
			const block = describeBlock(decodeBlock(from === "host" ? nodeAddress.toChip : nodeAddress.toHost, frame));
			trace({ layer: "t1", time, from, block, bytes: toHex(frame) });
		},
		onApdu(command, response, receivedAt, doneAt) {
			const name = commandName(command);
			trace({ layer: "apdu", time: receivedAt, from: "host", command: name, bytes: toHex(command) });
			const status = toHex(response.slice(-2)).toUpperCase();
			trace({ layer: "apdu", time: doneAt, from: "chip", command: name, status, bytes: toHex(response) });
		},
	};
}

/** Writes records to a file, one JSON object a line (NDJSON). An existing file is continued. Throws UserError. */
export function traceToFile(path: string): TraceListener {
	const append = (text: string): void => {
		try {
			appendFileSync(path, text, { mode: 0o600 });
		} catch (error) {
			throw new UserError(`Cannot write the trace to ${path} (${(error as Error).message}): choose another file.`);
		}
	};
	append("");
	return record => append(`${JSON.stringify(record)}\n`);
}
