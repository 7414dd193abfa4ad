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

function parseFields(text: string): Record<string, string> | undefined {
	const fields: Record<string, string> = {};
	let rest = text.trim();
	while (rest !== "") {
		fieldPattern.lastIndex = 0;
		const match = fieldPattern.exec(rest);
		if (!match) return undefined;
		const [whole, name = "", value = ""] = match;
		fields[name] = value.startsWith('"') ? String(JSON.parse(value)) : value;
		rest = rest.slice(whole.length).trimStart();
	}
	return fields;
}

/** Reads one line; undefined when it is no event: a line of a PEM block, a boot loader's message, a stack trace. */
export function parseEvent(line: string): SerialEvent | undefined {
	const match = eventLine.exec(line.trimEnd());
	if (!match) return undefined;
	const [, seconds, name = "", rest = ""] = match;
	const fields = parseFields(rest);
	return fields && { seconds: Number(seconds), name, fields };
}

const pemBegin = "-----BEGIN CERTIFICATE-----";
const pemEnd = "-----END CERTIFICATE-----";
const pemBody = /^[A-Za-z0-9+/]{1,76}={0,2}$/;

/** Collects the PEM blocks on a serial line. Lines of other origin inside a block (the SDK's, ESP-IDF's) are passed over. */
export class PemCollector {
	#lines: string[] | undefined;

	/** Takes one line; returns the whole block, with line ends, when the line closes one. */
	push(line: string): string | undefined {
		const text = line.trim();
		if (text === pemBegin) this.#lines = [];
		if (!this.#lines || !(text === pemBegin || text === pemEnd || pemBody.test(text))) return undefined;
		this.#lines.push(text);
		if (text !== pemEnd) return undefined;
		const block = `${this.#lines.join("\n")}\n`;
		this.#lines = undefined;
		return block;
	}
}
