// SPDX-License-Identifier: MIT
/** RFC 8446, section 5.1: type, version, length. */
const headerLength = 5;

/** Finds the records in what a TLS layer writes. */
export class RecordMeter {
	readonly #onRecord: (length: number) => void;
	#header: number[] = [];
	/** Bytes of the record's payload that are still to come. */
	#left = 0;

	/** @param onRecord takes the length of each record's payload */
	constructor(onRecord: (length: number) => void) {
		this.#onRecord = onRecord;
	}

	/** Takes bytes as they are written. */
	push(bytes: Buffer): void {
		let offset = 0;
		while (offset < bytes.length) {
			const skipped = Math.min(this.#left, bytes.length - offset);
			this.#left -= skipped;
			offset += skipped;
			if (this.#left === 0 && offset < bytes.length) this.#takeHeader(bytes[offset++] ?? 0);
		}
	}

	#takeHeader(byte: number): void {
		this.#header.push(byte);
		if (this.#header.length < headerLength) return;
		this.#left = ((this.#header[3] ?? 0) << 8) | (this.#header[4] ?? 0);
		this.#header = [];
		this.#onRecord(this.#left);
	}
}
