// SPDX-License-Identifier: MIT
/** What has come over a socket and was not read yet; hands it out as ECMA-419's TCP socket with format "buffer" does. */
export class Incoming {
	#bytes = new Uint8Array(0);

	get length(): number {
		return this.#bytes.length;
	}

	push(bytes: Uint8Array): void {
		const all = new Uint8Array(this.#bytes.length + bytes.length);
		all.set(this.#bytes);
		all.set(bytes, this.#bytes.length);
		this.#bytes = all;
	}

	/** So many bytes in a new buffer; or fills a buffer or view and returns their number. @throws Error when they are not there */
	read(target: number | ArrayBufferLike | ArrayBufferView): ArrayBuffer | number {
		const count = typeof target === "number" ? target : target.byteLength;
		if (count <= 0 || count > this.#bytes.length) throw new Error("invalid");
		const bytes = this.#bytes.slice(0, count);
		this.#bytes = this.#bytes.slice(count);
		if (typeof target === "number") return bytes.buffer;
		const view = ArrayBuffer.isView(target)
			? new Uint8Array(target.buffer, target.byteOffset, count)
			: new Uint8Array(target);
		view.set(bytes);
		return count;
	}
}
