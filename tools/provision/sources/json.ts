// SPDX-License-Identifier: MIT
import type { Item, SourceOrigin } from "./candidate.js";
import { cellText, columnOf } from "./columns.js";
import { lineLimit, type SourceLine, tooLongProblem } from "./lines.js";

const optionalString = (value: unknown): string | undefined =>
	typeof value === "string" && value !== "" ? value : undefined;

/** A line of a failures file that never had a certificate: what was wrong then still is. */
function earlierProblem(record: Record<string, unknown>): string | undefined {
	const error = optionalString(record.error);
	return error && `${error} (in an earlier run, at ${optionalString(record.source) ?? "a source that is not named"})`;
}

function readObject(members: Record<string, unknown>, origin: SourceOrigin): Item {
	const member = (column: "uid" | "certificate") =>
		Object.entries(members).find(([name, value]) => columnOf(name) === column && optionalString(value))?.[1];
	const uid = member("uid") as string | undefined;
	const certificate = member("certificate") as string | undefined;
	if (certificate !== undefined) return { origin, uid: uid && cellText(uid), certificate };
	const names = Object.keys(members).slice(0, 8).join(", ");
	return {
		origin,
		uid,
		problem: earlierProblem(members) ?? `the object has no string "certificatePem" (its members: ${names || "none"})`,
	};
}

function* readValue(value: unknown, origin: SourceOrigin): Generator<Item> {
	if (typeof value === "string") yield { origin, certificate: value };
	else if (Array.isArray(value) && value.length > 0) for (const element of value) yield* readValue(element, origin);
	else if (Array.isArray(value)) yield { origin, problem: "it is an empty array" };
	else if (typeof value === "object" && value !== null) yield readObject(value as Record<string, unknown>, origin);
	else yield { origin, problem: "it is JSON, but neither an object with uid and certificatePem nor a certificate" };
}

function* readJsonText(text: string, origin: SourceOrigin): Generator<Item> {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		yield { origin, problem: `the line is not JSON: ${(error as Error).message}` };
		return;
	}
	yield* readValue(value, origin);
}

/** True for the beginning of a JSON document that is not a value on each line: an array, or a pretty-printed object. */
export function isJsonDocument(head: string): boolean {
	const [first = ""] = head.trimStart().split(/[\r\n]/, 1);
	return /^\[\s*([{["]|$)/.test(first) || (head.trimStart().length > first.length && /^\{(.*[,{[])?\s*$/.test(first));
}

/** True for the beginning of JSON, or of NDJSON. */
export function isJson(head: string): boolean {
	const text = head.trimStart();
	return text.startsWith("{") || /^"(-----BEGIN |MI)/.test(text);
}

/** A ledger in NDJSON: `{"uid": "…", "certificatePem": "…"}` on each line; other members are not looked at. */
export async function* readNdjson(name: string, lines: AsyncIterable<SourceLine>): AsyncGenerator<Item> {
	for await (const { number, text, tooLong } of lines) {
		const origin = { name, line: number };
		if (tooLong) yield { origin, problem: tooLongProblem };
		else if (text.trim() !== "") yield* readJsonText(text.replace(/^\uFEFF/, ""), origin);
	}
}

/** Cuts the values of a JSON document out of its text: those at the top, or in an array at the top. */
class ValueSplitter {
	#text = "";
	#depth = 0;
	#inString = false;
	#escaped = false;
	#line = 1;
	#start = 1;

	/** Takes a character; returns a whole value with its first line. */
	push(character: string): { text: string; line: number } | undefined {
		if (character === "\n") this.#line += 1;
		if (this.#inString) this.#pushInString(character);
		else if (character === '"') this.#inString = true;
		else if ("{[".includes(character)) this.#depth += 1;
		else if ("}]".includes(character)) this.#depth -= 1;
		const isOuter = !this.#inString && this.#text === "" && /[\s,[\]]/.test(character);
		if (isOuter) {
			if (character === "[" || character === "]") this.#depth = 0;
			return undefined;
		}
		if (this.#text === "") this.#start = this.#line;
		this.#text += character;
		return this.#depth === 0 && !this.#inString && /["}\]]/.test(character) ? this.end() : undefined;
	}

	/** What is left. */
	end(): { text: string; line: number } | undefined {
		const value = this.#text.trim() === "" ? undefined : { text: this.#text, line: this.#start };
		this.#text = "";
		return value;
	}

	get length(): number {
		return this.#text.length;
	}

	#pushInString(character: string): void {
		if (this.#escaped) this.#escaped = false;
		else if (character === "\\") this.#escaped = true;
		else if (character === '"') this.#inString = false;
	}
}

/** A ledger as one JSON document: an array of objects or of certificates, or pretty-printed objects one after the other. */
export async function* readJsonDocument(
	name: string,
	chunks: AsyncIterable<Uint8Array>,
	count: (bytes: number) => void,
): AsyncGenerator<Item> {
	const decoder = new TextDecoder();
	const splitter = new ValueSplitter();
	for await (const chunk of chunks) {
		for (const character of decoder.decode(chunk, { stream: true })) {
			const value = splitter.push(character);
			if (value) yield* readJsonText(value.text, { name, line: value.line });
			if (splitter.length <= lineLimit) continue;
			yield {
				origin: { name, line: splitter.end()?.line },
				problem: `a JSON value of more than ${lineLimit} characters begins here, or one that does not end`,
			};
			return;
		}
		count(chunk.length);
	}
	const rest = splitter.end();
	if (rest) yield* readJsonText(rest.text, { name, line: rest.line });
}
