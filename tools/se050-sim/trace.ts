// SPDX-License-Identifier: MIT
import { appendFileSync } from "node:fs";
import { toHex } from "../lib/bytes.js";
import { decodeBlock, describeBlock, nodeAddress } from "../lib/chip-bus/block.js";
import { commandName } from "../lib/chip-bus/command-name.js";
import type { TraceListener } from "../lib/chip-bus/records.js";
import { UserError } from "../lib/user-error.js";
import type { DataLinkListener } from "./data-link/t1.js";

/** Turns what the data link reports into records. */
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
