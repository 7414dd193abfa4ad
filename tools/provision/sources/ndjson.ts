// SPDX-License-Identifier: MIT
import type { Item, SourceOrigin } from "./candidate.js";
import { type SourceLine, tooLongProblem } from "./lines.js";

const optionalString = (value: unknown): string | undefined =>
	typeof value === "string" && value !== "" ? value : undefined;

/** A line of a failures file that never had a certificate: what was wrong then still is. */
function earlierProblem(record: Record<string, unknown>): string | undefined {
	const error = optionalString(record.error);
	return error && `${error} (in an earlier run, at ${optionalString(record.source) ?? "a source that is not named"})`;
}

function readRecord(text: string, origin: SourceOrigin): Item {
	let record: unknown;
	try {
		record = JSON.parse(text);
	} catch (error) {
		return { origin, problem: `the line is not JSON: ${(error as Error).message}` };
	}
	if (typeof record !== "object" || record === null || Array.isArray(record))
		return { origin, problem: "the line is no JSON object with uid and certificatePem" };
	const members = record as Record<string, unknown>;
	const uid = optionalString(members.uid);
	const certificate = optionalString(members.certificatePem);
	if (certificate === undefined)
		return { origin, uid, problem: earlierProblem(members) ?? 'the line has no string "certificatePem"' };
	return { origin, uid, certificate };
}

/** A ledger in NDJSON: `{"uid": "…", "certificatePem": "…"}` on each line, other members are not looked at. */
export async function* readNdjson(name: string, lines: AsyncIterable<SourceLine>): AsyncGenerator<Item> {
	for await (const { number, text, tooLong } of lines) {
		const origin = { name, line: number };
		if (tooLong) yield { origin, problem: tooLongProblem };
		else if (text.trim() !== "") yield readRecord(number === 1 ? text.replace(/^\uFEFF/, "") : text, origin);
	}
}
