// SPDX-License-Identifier: MIT
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

import { systemCode } from "./user-error.js";

/** What to do about a file that cannot be written, by the system's code (errno(3)). */
const remedies: Readonly<Record<string, string>> = {
	ENOSPC: "the disk is full: free some space",
	EDQUOT: "this user's disk quota is used up: free some space",
	EFBIG: "the file is larger than this user may write (ulimit -f)",
	EROFS: "the disk is read-only: use a folder on another disk",
	EACCES: "make it writable for this user",
	EPERM: "make it writable for this user",
	EMFILE: "too many files are open: raise ulimit -n",
	EIO: "the disk reports an error: check it",
};

/** The cause of a failed write and what to do, for the end of an error's sentence: `ENOSPC: the disk is full: …`. */
export function writeRemedy(error: unknown): string {
	const code = systemCode(error);
	if (code === undefined) return error instanceof Error ? error.message : String(error);
	const remedy = remedies[code];
	return remedy === undefined ? code : `${code}: ${remedy}`;
}

/** Writes all of some bytes. `writeSync` alone may write a part of them, as when the disk fills up. */
export function writeAll(fd: number, bytes: Uint8Array): void {
	for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
}

/**
 * Writes a whole file: afterwards, also after a crash or an error, it has the old content or the new one.
 * @param content text, or a function that writes to the file descriptor that it gets
 * @throws the system's error; nothing is left behind
 */
export function writeAtomically(file: string, content: string | ((fd: number) => void), mode: number): void {
	const temporary = `${file}.new`;
	try {
		const fd = openSync(temporary, "w", mode);
		try {
			if (typeof content === "string") writeAll(fd, Buffer.from(content));
			else content(fd);
			fsyncSync(fd);
		} finally {
			closeSync(fd);
		}
		renameSync(temporary, file);
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	}
}
