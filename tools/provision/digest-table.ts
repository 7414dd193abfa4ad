// SPDX-License-Identifier: MIT
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Length of a key, in bytes: a SHA-256 digest. */
const keyBytes = 32;
/** A slot is a key and its number; a number of 0 is a free slot. */
const slotBytes = keyBytes + 1;
/** Slots that are read together: a key is in its bucket, or, when that is full, in the next. */
const bucketSlots = 8;
const bucketBytes = slotBytes * bucketSlots;
const initialBuckets = 512;

let tables = 0;

/** Where a key is, or belongs: the offset of its slot in the file, and the number in it. */
interface Slot {
	offset: number;
	value: number;
}

/**
 * Digests, each with a small number, in a file instead of in memory: an open-addressing hash table with linear
 * probing. It lives as long as the process, and leaves nothing: the file has no name any more once it is open.
 */
export class DigestTable {
	readonly #folder: string;
	readonly #bucket = Buffer.alloc(bucketBytes);
	#fd: number;
	#buckets = initialBuckets;
	#size = 0;

	/** @param folder where the file may be */
	constructor(folder: string) {
		this.#folder = folder;
		this.#fd = this.#create(initialBuckets);
	}

	/** How many digests are in it. */
	get size(): number {
		return this.#size;
	}

	/** @param digest 64 hexadecimal digits. @returns its number; 0 when it is not there */
	get(digest: string): number {
		return this.#find(Buffer.from(digest, "hex")).value;
	}

	/** @param value 1 to 255 */
	set(digest: string, value: number): void {
		if (this.#size * 2 >= this.#buckets * bucketSlots) this.#grow();
		const key = Buffer.from(digest, "hex");
		const slot = this.#find(key);
		if (slot.value === 0) this.#size += 1;
		this.#put(slot, key, value);
	}

	close(): void {
		closeSync(this.#fd);
	}

	#create(buckets: number): number {
		const path = join(this.#folder, `table-${process.pid}-${tables++}`);
		const fd = openSync(path, "wx+", 0o600);
		rmSync(path);
		ftruncateSync(fd, buckets * bucketBytes);
		return fd;
	}

	#find(key: Buffer): Slot {
		for (let bucket = key.readUInt32BE(0) % this.#buckets; ; bucket = (bucket + 1) % this.#buckets) {
			readSync(this.#fd, this.#bucket, 0, bucketBytes, bucket * bucketBytes);
			for (let start = 0; start < bucketBytes; start += slotBytes) {
				const value = this.#bucket[start + keyBytes] ?? 0;
				if (value === 0 || this.#bucket.compare(key, 0, keyBytes, start, start + keyBytes) === 0)
					return { offset: bucket * bucketBytes + start, value };
			}
		}
	}

	#put({ offset }: Slot, key: Buffer, value: number): void {
		writeSync(this.#fd, Buffer.concat([key, Buffer.of(value)]), 0, slotBytes, offset);
	}

	/** Doubles the table. */
	#grow(): void {
		const old = { fd: this.#fd, bytes: this.#buckets * bucketBytes };
		this.#buckets *= 2;
		this.#fd = this.#create(this.#buckets);
		const chunk = Buffer.alloc(initialBuckets * bucketBytes);
		for (let position = 0; position < old.bytes; position += chunk.length) {
			readSync(old.fd, chunk, 0, chunk.length, position);
			for (let start = 0; start < chunk.length; start += slotBytes) {
				const key = chunk.subarray(start, start + keyBytes);
				const value = chunk[start + keyBytes] ?? 0;
				if (value !== 0) this.#put(this.#find(key), key, value);
			}
		}
		closeSync(old.fd);
	}
}
