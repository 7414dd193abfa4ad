// SPDX-License-Identifier: MIT
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode, UserError } from "../../lib/user-error.js";
import { writeAll, writeRemedy } from "../../lib/write-file.js";

function describe(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** The content of a JSON file, not yet checked; undefined when there is no such file. Throws UserError. */
export function readJson(path: string): unknown {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		if (systemCode(error) === "ENOENT") return undefined;
		throw new UserError(`Cannot read ${path} (${describe(error)}): check its permissions.`);
	}
	try {
		return JSON.parse(text);
	} catch {
		throw corrupt(path, "it is not JSON");
	}
}

/** The error for a state file whose content is not what it should be. */
export function corrupt(path: string, reason: string): UserError {
	return new UserError(
		`${path} is damaged (${reason}) and was left as it is: restore it, or move it away to get a new one.`,
	);
}

let serial = 0;

/** Writes a file of mode 0600 next to `path`, flushed to the disk, and returns its name. */
function writeBeside(path: string, text: string): string {
	const temporary = `${path}.${process.pid}-${serial++}.tmp`;
	const file = openSync(temporary, "wx", 0o600);
	try {
		writeAll(file, Buffer.from(text));
		fsyncSync(file);
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	} finally {
		closeSync(file);
	}
	return temporary;
}

function attempt<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		throw new UserError(`Cannot write ${path} (${writeRemedy(error)}).`);
	}
}

const serialize = (value: unknown): string => `${JSON.stringify(value, null, "\t")}\n`;

/** Replaces a file in one step: a reader sees the old content or the new. Throws UserError. */
export function replaceJson(path: string, value: unknown): void {
	attempt(path, () => {
		const temporary = writeBeside(path, serialize(value));
		renameSync(temporary, path);
	});
}

/** Creates a file, and its folder, in one step; false when another process was first. Throws UserError. */
export function createJson(path: string, value: unknown): boolean {
	return attempt(path, () => {
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		const temporary = writeBeside(path, serialize(value));
		try {
			linkSync(temporary, path);
			return true;
		} catch (error) {
			if (systemCode(error) === "EEXIST") return false;
			throw error;
		} finally {
			rmSync(temporary, { force: true });
		}
	});
}
