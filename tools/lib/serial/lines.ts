// SPDX-License-Identifier: MIT
/** No line of the firmware is longer; what a wrong speed makes of a line's end must not fill the memory. */
const defaultLength = 8_192;

/** Cuts a serial line's bytes into lines of text, whatever pieces they come in; CR, LF and CR LF end a line alike. */
export class LineSplitter {
	readonly #decoder = new TextDecoder();
	readonly #take: (line: string) => void;
	readonly #maximumLength: number;
	#rest = "";

	/** @param maximumLength in characters: a longer line is handed on in pieces */
	constructor(take: (line: string) => void, maximumLength = defaultLength) {
		this.#take = take;
		this.#maximumLength = maximumLength;
	}

	push(bytes: Uint8Array): void {
		const pieces = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?=[^\n])/);
		this.#rest = pieces.pop() ?? "";
		for (const piece of pieces) this.#take(piece);
		if (this.#rest.length > this.#maximumLength) this.end();
	}

	/** Nothing follows what was pushed: hands on a line that has no end. */
	end(): void {
		const line = this.#rest.replace(/\r$/, "");
		this.#rest = "";
		if (line !== "") this.#take(line);
	}
}
