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
/** How much of a line that is too long is kept, to show what it was. */
const keptBytes = 256;

const lineFeed = 0x0a,
	carriageReturn = 0x0d;

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

/** Where the first line end at or after `start` is; -1 when there is none. */
function nextEnd(chunk: Uint8Array, start: number): number {
	const feed = chunk.indexOf(lineFeed, start);
	const until = feed < 0 ? chunk : chunk.subarray(0, feed);
	const back = until.indexOf(carriageReturn, start);
	return back < 0 ? feed : back;
}

class LineAssembler {
	#parts: Uint8Array[] = [];
	#length = 0;
	#number = 1;
	#afterReturn = false;
	readonly #meter: Meter;

	constructor(meter: Meter) {
		this.#meter = meter;
	}

	/** CR, LF and CR LF end a line alike. */
	*push(chunk: Uint8Array): Generator<SourceLine> {
		let start = this.#skipLineFeed(chunk);
		for (let end = nextEnd(chunk, start); end >= 0; end = nextEnd(chunk, start)) {
			this.#keep(chunk.subarray(start, end));
			yield this.#take();
			start = end + 1;
			this.#afterReturn = chunk[end] === carriageReturn;
			start += this.#skipLineFeed(chunk.subarray(start));
		}
		this.#keep(chunk.subarray(start));
	}

	/** 1 when the chunk begins with the LF of a CR LF whose CR has ended a line already. */
	#skipLineFeed(chunk: Uint8Array): number {
		if (!this.#afterReturn || chunk.length === 0) return 0;
		this.#afterReturn = false;
		if (chunk[0] !== lineFeed) return 0;
		this.#meter.bytes += 1;
		return 1;
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
		const line = {
			number: this.#number,
			text: Buffer.concat(this.#parts).toString("utf8"),
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
