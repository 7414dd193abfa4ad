// SPDX-License-Identifier: MIT

/** Bytes of the longest line: a `set` of all settings at their usual lengths. */
export const maximumInputLength = 1_024;

const lineFeed = 10,
	carriageReturn = 13;

/** Takes what comes over the serial line: an object, because a function made at run time takes more memory. */
export interface ByteTaker {
	push(bytes: ArrayBuffer): void;
}

/** Takes a line without its end; undefined for one that is too long. Empty lines are left out. */
export interface LineTaker {
	take(line: string | undefined): void;
}

/** Cuts what comes over the serial line into lines. What is longer than a line may be is dropped up to its end. */
export class InputLines implements ByteTaker {
	readonly #taker: LineTaker;
	readonly #decode: (bytes: Uint8Array) => string;
	/** A line that has begun, and whether it is too long already. */
	#rest: Uint8Array | "too long" | undefined;

	/** @param decode UTF-8; throws for bytes that are not UTF-8 */
	constructor(taker: LineTaker, decode: (bytes: Uint8Array) => string) {
		this.#taker = taker;
		this.#decode = decode;
	}

	push(buffer: ArrayBuffer): void {
		const bytes = new Uint8Array(buffer);
		let start = 0;
		for (let at = 0; at < bytes.length; at++) {
			if (bytes[at] !== lineFeed && bytes[at] !== carriageReturn) continue;
			this.#keep(bytes.subarray(start, at));
			this.#end();
			start = at + 1;
		}
		this.#keep(bytes.subarray(start));
	}

	#keep(bytes: Uint8Array): void {
		const rest = this.#rest;
		if (bytes.length === 0 || rest === "too long") return;
		const former = rest?.length ?? 0;
		if (former + bytes.length > maximumInputLength) {
			this.#rest = "too long";
			return;
		}
		const joined = new Uint8Array(former + bytes.length);
		if (rest) joined.set(rest);
		joined.set(bytes, former);
		this.#rest = joined;
	}

	#end(): void {
		const rest = this.#rest;
		this.#rest = undefined;
		if (rest === "too long") this.#taker.take(undefined);
		else if (rest) this.#decoded(rest);
	}

	/** Noise of the line is not UTF-8, or has null bytes, where some of XS's functions end a string: it is no line. */
	#decoded(bytes: Uint8Array): void {
		if (bytes.includes(0)) return;
		let line: string;
		try {
			line = this.#decode(bytes);
		} catch {
			return;
		}
		this.#taker.take(line);
	}
}
