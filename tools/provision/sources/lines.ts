// SPDX-License-Identifier: MIT
/** One line, without its end. */
export interface SourceLine {
	/** Counted from 1. */
	number: number;
	/** Its first bytes only when it is too long. */
	text: string;
	/** The line has more bytes than the limit. */
	tooLong: boolean;
}

/** Longest line, in bytes: the longest PEM that AWS takes, with room for the other columns. */
export const lineLimit = 128 * 1024;
/** How much of a line that is too long is kept, to tell what it was. */
const keptBytes = 256;

const newline = 0x0a;

/** Counts what has been dealt with, in bytes. */
export interface Meter {
	bytes: number;
}

/**
 * Cuts a stream of bytes into lines; holds one line of at most `lineLimit` bytes, however long the lines are.
 * @param meter counts each line when it is handed over
 */
export async function* splitLines(
	chunks: AsyncIterable<Uint8Array>,
	meter: Meter = { bytes: 0 },
): AsyncGenerator<SourceLine> {
	const assembler = new LineAssembler(meter);
	for await (const chunk of chunks) yield* assembler.push(chunk);
	yield* assembler.end();
}

class LineAssembler {
	#parts: Uint8Array[] = [];
	#length = 0;
	#number = 1;
	readonly #meter: Meter;

	constructor(meter: Meter) {
		this.#meter = meter;
	}

	*push(chunk: Uint8Array): Generator<SourceLine> {
		let start = 0;
		for (let end; (end = chunk.indexOf(newline, start)) >= 0; start = end + 1) {
			this.#keep(chunk.subarray(start, end));
			yield this.#take();
		}
		this.#keep(chunk.subarray(start));
	}

	*end(): Generator<SourceLine> {
		if (this.#length > 0) yield this.#take();
	}

	#keep(part: Uint8Array): void {
		this.#length += part.length;
		if (this.#length <= lineLimit) this.#parts.push(part);
		else this.#parts = [Buffer.concat([...this.#parts, part.subarray(0, keptBytes)]).subarray(0, keptBytes)];
	}

	#take(): SourceLine {
		const text = Buffer.concat(this.#parts).toString("utf8");
		const line = {
			number: this.#number,
			text: text.endsWith("\r") ? text.slice(0, -1) : text,
			tooLong: this.#length > lineLimit,
		};
		this.#meter.bytes += this.#length + 1;
		this.#parts = [];
		this.#length = 0;
		this.#number += 1;
		return line;
	}
}

/** What is wrong with a line that is too long. */
export const tooLongProblem = `the line has more than ${lineLimit} bytes; a certificate has some 900 characters of PEM`;
