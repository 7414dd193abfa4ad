// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import type { TraceRecord } from "../lib/chip-bus/records.js";
import { printable } from "../lib/printable.js";

/** Reads a trace of the simulator or of the driver (`--trace` of both), a JSON object a line. Throws an Error of one sentence. */
export function readTrace(path: string): TraceRecord[] {
	let number = 0;
	try {
		const records = readFileSync(path, "utf8")
			.split("\n")
			.filter(line => line.trim() !== "")
			.map(line => {
				number++;
				return JSON.parse(line) as TraceRecord;
			});
		if (records.length === 0) throw new Error("nothing has crossed the bus yet");
		return records;
	} catch (error) {
		throw new Error(
			`${path} is not a trace (line ${number}: ${(error as Error).message}): make one with npm run se050 -- info --trace FILE, or with npm run se050-sim -- --trace FILE.`,
		);
	}
}

const indents = { i2c: "", fault: "", t1: "  ", apdu: "    " } as const;

function meaning(record: TraceRecord): string {
	switch (record.layer) {
		case "i2c": {
			const refused = record.nackedAfter === undefined ? "" : ` (NACK after ${record.nackedAfter} bytes)`;
			const length =
				record.operation === "sleep" ? `${((record.end - record.time) / 1000).toFixed(3)} ms` : (record.bytes ?? "");
			return `${record.operation} ${length}${refused}${"failed" in record ? " (the bus failed)" : ""}`;
		}
		case "t1":
			return `${record.from === "host" ? ">" : "<"} ${record.block}`;
		case "apdu":
			return `${record.from === "host" ? ">" : "<"} ${record.command}${record.status ? ` ${record.status}` : ""} ${record.bytes}`;
		case "fault":
			return `fault: ${JSON.stringify(record.fault)}`;
	}
}

/** A record as a person reads it: time in milliseconds, layer, what happened. */
export const describeRecord = (record: TraceRecord): string =>
	printable(
		`${(record.time / 1000).toFixed(3).padStart(12)} ${record.layer.padEnd(5)} ${indents[record.layer]}${meaning(record)}`,
	);
