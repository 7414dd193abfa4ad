// SPDX-License-Identifier: MIT
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync } from "node:fs";

import { writeAll, writeAtomically, writeRemedy } from "../../lib/write-file.js";
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
	/** Bytes up to the end of the last whole entry. */
	#size = 0;
	/** The file may be longer than `#size`, because a write has failed in the middle of a line. */
	#torn = false;

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
	 * @param log takes what was cut off
	 * @throws StateError when the file cannot be opened, a whole line is not JSON, or `replay` throws: the line's number
	 * and the reason
	 */
	static open(file: string, replay: (entry: unknown) => void, log: (line: string) => void = () => {}): RegistryJournal {
		const journal = new RegistryJournal(file, openForAppending(file));
		try {
			journal.#replay(replay, log);
		} catch (error) {
			closeSync(journal.#fd);
			throw error;
		}
		return journal;
	}

	/** @throws StateError when the entry cannot be written; the file then ends with the entry before it */
	append(entry: object): void {
		const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
		try {
			if (this.#torn) this.#truncate();
			this.#torn = true;
			writeAll(this.#fd, bytes);
			this.#torn = false;
		} catch (error) {
			throw new StateError(
				`The change was not made, as ${this.file} cannot be written (${writeRemedy(error)}). ${this.#cutOff()}`,
			);
		}
		this.#size += bytes.length;
		this.#entries++;
	}

	/** Replaces the content: after a crash or an error the file holds either all old entries or all new ones. */
	rewrite(entries: Iterable<object>): void {
		let count = 0;
		writeAtomically(
			this.file,
			fd => {
				for (const entry of entries) {
					writeAll(fd, Buffer.from(`${JSON.stringify(entry)}\n`));
					count++;
				}
			},
			0o600,
		);
		closeSync(this.#fd);
		this.#fd = openForAppending(this.file);
		this.#entries = count;
		this.#size = fstatSync(this.#fd).size;
	}

	close(): void {
		try {
			if (this.#torn) this.#truncate();
			fsyncSync(this.#fd);
		} finally {
			closeSync(this.#fd);
		}
	}

	/** Cuts off the part of an entry that was written; returns what became of it, as a sentence. */
	#cutOff(): string {
		try {
			this.#truncate();
			return "The file ends with the last change that was made.";
		} catch (error) {
			return `The file could not be cut off after the last change either (${writeRemedy(error)}); it is tried again before the next one.`;
		}
	}

	#truncate(): void {
		ftruncateSync(this.#fd, this.#size);
		this.#torn = false;
	}

	#replay(replay: (entry: unknown) => void, log: (line: string) => void): void {
		const chunk = Buffer.alloc(chunkBytes);
		let pending: Buffer = Buffer.alloc(0);
		for (
			let position = 0, count;
			(count = readSync(this.#fd, chunk, 0, chunk.length, position)) > 0;
			position += count
		) {
			let rest = Buffer.concat([pending, chunk.subarray(0, count)]);
			for (let end; (end = rest.indexOf(newline)) >= 0; rest = rest.subarray(end + 1)) {
				this.#replayLine(rest.toString("utf8", 0, end), replay);
				this.#size += end + 1;
			}
			pending = rest;
		}
		if (pending.length === 0) return;
		this.#truncate();
		log(
			`${this.file}: the last ${pending.length} bytes, an entry that was not written to its end, were cut off; ${this.#entries} entries are left`,
		);
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

function openForAppending(file: string): number {
	try {
		return openSync(file, "a+", 0o600);
	} catch (error) {
		throw new StateError(`${file} cannot be opened for writing (${writeRemedy(error)}).`);
	}
}
