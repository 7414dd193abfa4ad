// SPDX-License-Identifier: MIT
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from "node:fs";

import { StateError } from "../errors.js";

const newline = 0x0a;
const chunkBytes = 1 << 20;

/**
 * An append-only file of JSON values, one a line. An entry is in the kernel when `append` returns, so that it
 * survives the end of this process by any signal; `close` and `rewrite` also bring it to the disk.
 */
export class RegistryJournal {
	readonly file: string;
	#fd: number;
	#entries = 0;

	private constructor(file: string, fd: number) {
		this.file = file;
		this.#fd = fd;
	}

	/** Entries in the file. */
	get length(): number {
		return this.#entries;
	}

	/**
	 * Opens the file, or makes it, and hands each entry to `replay` in the order of writing. A last line without its
	 * end (the process died while writing it) was never acknowledged, and is cut off.
	 * @throws StateError when a whole line is not JSON or `replay` throws: the line's number and the reason.
	 */
	static open(file: string, replay: (entry: unknown) => void): RegistryJournal {
		const journal = new RegistryJournal(file, openSync(file, "a+", 0o600));
		try {
			journal.#replay(replay);
		} catch (error) {
			closeSync(journal.#fd);
			throw error;
		}
		return journal;
	}

	append(entry: object): void {
		this.#write(this.#fd, `${JSON.stringify(entry)}\n`);
		this.#entries++;
	}

	/** Replaces the content at once: after a crash the file holds either all old entries or all new ones. */
	rewrite(entries: Iterable<object>): void {
		const temporary = `${this.file}.new`;
		const fd = openSync(temporary, "w", 0o600);
		let count = 0;
		for (const entry of entries) {
			this.#write(fd, `${JSON.stringify(entry)}\n`);
			count++;
		}
		fsyncSync(fd);
		closeSync(fd);
		renameSync(temporary, this.file);
		closeSync(this.#fd);
		this.#fd = openSync(this.file, "a", 0o600);
		this.#entries = count;
	}

	close(): void {
		fsyncSync(this.#fd);
		closeSync(this.#fd);
	}

	#write(fd: number, line: string): void {
		const bytes = Buffer.from(line);
		for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
	}

	#replay(replay: (entry: unknown) => void): void {
		const chunk = Buffer.alloc(chunkBytes);
		let pending: Buffer = Buffer.alloc(0);
		for (
			let position = 0, count;
			(count = readSync(this.#fd, chunk, 0, chunk.length, position)) > 0;
			position += count
		) {
			let rest = Buffer.concat([pending, chunk.subarray(0, count)]);
			for (let end; (end = rest.indexOf(newline)) >= 0; rest = rest.subarray(end + 1))
				this.#replayLine(rest.toString("utf8", 0, end), replay);
			pending = rest;
		}
		if (pending.length > 0) ftruncateSync(this.#fd, fstatSync(this.#fd).size - pending.length);
	}

	#replayLine(line: string, replay: (entry: unknown) => void): void {
		this.#entries++;
		try {
			replay(JSON.parse(line));
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			throw new StateError(
				`${this.file}, line ${this.#entries}, is not an entry of this program (${reason}): restore the file, or remove the state folder to start empty.`,
			);
		}
	}
}
