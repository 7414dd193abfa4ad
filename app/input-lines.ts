// SPDX-License-Identifier: MIT

/** Bytes of the longest line: a `set` of all settings at their usual lengths. */
export const maximumInputLength = 1_024;

/** What the platform puts in the place of bytes that were lost: UTF-8 does not have this byte. */
export const lostInput = 0xff;

/** Why a line is dropped, and what to do. */
const tooLong = `A line has at most ${maximumInputLength} bytes: give the settings in several.`;
const lost =
	"Bytes of the serial input were lost, most likely while the device was busy, so this line is not used: send it again, and whatever else has had no answer.";

const lineFeed = 10,
	carriageReturn = 13;

/** Takes what comes over the serial line: an object, because a function made at run time takes more memory. */
export interface ByteTaker {
	push(bytes: ArrayBuffer): void;
}

export interface LineTaker {
	/** Takes a line without its end. Empty lines are left out. */
	take(line: string): void;
	/** A line was dropped. @param why a sentence for its sender */
	drop(why: string): void;
}

/** Cuts what comes over the serial line into lines. One that is too long, or of which bytes were lost, is dropped up to its end. */
export class InputLines implements ByteTaker {
	readonly #taker: LineTaker;
	readonly #decode: (bytes: Uint8Array) => string;
	/** A line that has begun, or why it will be dropped. */
	#rest: Uint8Array | string | undefined;

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
		if (bytes.includes(lostInput)) {
			this.#rest = lost;
			return;
		}
		if (bytes.length === 0 || typeof rest === "string") return;
		const former = rest?.length ?? 0;
		if (former + bytes.length > maximumInputLength) {
			this.#rest = tooLong;
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
		if (typeof rest === "string") this.#taker.drop(rest);
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
