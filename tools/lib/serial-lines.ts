// SPDX-License-Identifier: MIT
/** One event of the firmware's serial output (docs/serial.md). */
export interface SerialEvent {
	/** Seconds since the firmware started. */
	seconds: number;
	name: string;
	fields: Readonly<Record<string, string>>;
}

const eventLine = /^ *(\d+\.\d{3}) ([a-z][a-z-]*)((?: .*)?)$/;
const fieldPattern = /([A-Za-z][A-Za-z0-9]*)=("(?:[^"\\]|\\.)*"|[^\s"=][^\s"]*)/gy;

/** Control sequences of terminals (ECMA-48, 5.4), colours among them. */
const controlSequences = /\u001b\[[0-?]*[ -/]*[@-~]/g;

const time = String.raw`\d\d:\d\d:\d\d(?:[.,]\d+)?`;
const date = String.raw`\d{4}[-/]\d\d[-/]\d\d`;
const zone = String.raw`(?:Z|[+-]\d\d:?\d\d)?`;

/** What terminals, loggers and `npm start` put in front of a line; one space after it belongs to it. */
const prefixes = [
	/^[\w.-]{1,40} *[│|] ?/,
	new RegExp(`^\\[(?:${date}[T ])?${time}${zone}\\] ?`),
	new RegExp(`^(?:${date}[T ])?${time}${zone}(?: *(?:->|>|:))? ?`),
	new RegExp(`^[A-Z][a-z]{2} [ \\d]\\d ${time} \\S+ [^\\s:]+: ?`),
] as const;

/** A line of a serial log as the board sent it: without colours, time stamps and the name of its source. */
export function boardLine(line: string): string {
	let text = line.replace(controlSequences, "").trimEnd();
	for (let shorter = true; shorter; ) {
		const prefix = prefixes.map(pattern => pattern.exec(text)?.[0]).find(found => found !== undefined);
		shorter = prefix !== undefined;
		text = text.slice(prefix?.length ?? 0);
	}
	return text;
}

/** The value of a field; undefined for a string that a garbled line has made invalid. */
function fieldValue(value: string): string | undefined {
	if (!value.startsWith('"')) return value;
	try {
		return String(JSON.parse(value));
	} catch {
		return undefined;
	}
}

function parseFields(text: string): Record<string, string> | undefined {
	const fields: Record<string, string> = {};
	let rest = text.trim();
	while (rest !== "") {
		fieldPattern.lastIndex = 0;
		const match = fieldPattern.exec(rest);
		if (!match) return undefined;
		const [whole, name = "", text = ""] = match;
		const value = fieldValue(text);
		if (value === undefined) return undefined;
		fields[name] = value;
		rest = rest.slice(whole.length).trimStart();
	}
	return fields;
}

/**
 * Reads one line, with or without what a log puts in front of it; undefined when it is not an event: a line of a PEM
 * block, a boot loader's message, a stack trace, a line that was garbled on its way.
 */
export function parseEvent(line: string): SerialEvent | undefined {
	const match = eventLine.exec(line.trimEnd()) ?? eventLine.exec(boardLine(line));
	if (!match) return undefined;
	const [, seconds, name = "", rest = ""] = match;
	const fields = parseFields(rest);
	return fields && { seconds: Number(seconds), name, fields };
}

/** First and last line of a certificate's PEM block (RFC 7468), with the labels that OpenSSL also writes. */
export const pemBegin = /^-----BEGIN (?:(?:TRUSTED|X509) )?CERTIFICATE-----$/;
const pemEnd = /^-----END (?:(?:TRUSTED|X509) )?CERTIFICATE-----$/;
const pemBody = /^[A-Za-z0-9+/]{1,76}={0,2}$/;

/** Length of a DER element that `bytes` begin with, in bytes: a SEQUENCE of up to 64 KiB; undefined for anything else. */
function derLength(bytes: Uint8Array): number | undefined {
	const [tag, form = 0, high = 0, low = 0] = bytes;
	if (tag !== 0x30) return undefined;
	if (form < 0x80) return 2 + form;
	if (form === 0x81) return 3 + high;
	return form === 0x82 ? 4 + high * 256 + low : undefined;
}

/**
 * The base64 lines of a block without a logger's word that looks like one ("ready"). All lines of a block have one
 * length but the last; which of the shorter ones that is, the DER's own length tells.
 */
function withoutStrangers(lines: readonly string[]): readonly string[] {
	const length = lines[0]?.length ?? 0;
	const full = lines.filter(line => line.length === length);
	const bytes = (candidate: readonly string[]) => Buffer.from(candidate.join(""), "base64");
	const isWhole = (candidate: readonly string[]) => derLength(bytes(candidate)) === bytes(candidate).length;
	const candidates = [full, ...lines.filter(line => line.length < length).map(line => [...full, line])];
	return isWhole(lines) ? lines : (candidates.find(isWhole) ?? lines);
}

/** Collects the PEM blocks of certificates on a serial line. Lines of other origin inside a block are passed over. */
export class PemCollector {
	#lines: string[] | undefined;
	#begin = "";

	/** Takes one line; returns the whole block, with line ends, when the line closes one. */
	push(line: string): string | undefined {
		const text = boardLine(line).trim();
		if (pemBegin.test(text)) {
			this.#lines = [];
			this.#begin = text;
			return undefined;
		}
		if (!this.#lines) return undefined;
		if (pemBody.test(text)) this.#lines.push(text);
		if (!pemEnd.test(text)) return undefined;
		const body = withoutStrangers(this.#lines);
		this.#lines = undefined;
		return [this.#begin, ...body, this.#begin.replace("BEGIN", "END"), ""].join("\n");
	}
}
