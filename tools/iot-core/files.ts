// SPDX-License-Identifier: MIT
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { takeLock } from "../lib/lock.mjs";
import { systemCode } from "../lib/user-error.js";
import { writeAtomically, writeRemedy } from "../lib/write-file.js";
import { StateError } from "./errors.js";

/** Makes the folder if needed, readable for its owner only. @throws StateError when it cannot be used. */
export function prepareFolder(folder: string): void {
	if (existsSync(folder) && !statSync(folder).isDirectory())
		throw new StateError(`${folder} is a file, not a state folder: name a folder with --state.`);
	try {
		makeFolder(folder);
		accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
	} catch (error) {
		throw new StateError(
			`The state folder ${folder} cannot be used (${writeRemedy(error)}). --state names another folder.`,
		);
	}
}

/** mkdir -p; Node's own `recursive` never returns where the system refuses with ENOENT, as in /proc. */
function makeFolder(folder: string): void {
	if (existsSync(folder)) return;
	if (!existsSync(dirname(folder))) makeFolder(dirname(folder));
	mkdirSync(folder, { mode: 0o700 });
}

/** Keeps a state folder to this process. @returns releases it @throws StateError when another process has it */
export function lockFolder(folder: string): () => void {
	const file = join(folder, "lock");
	return takeLock(file, {
		held: holder =>
			new StateError(
				`The state folder is in use by process ${holder} (${file}): stop that one, or give another folder.`,
			),
		failed: error => new StateError(`${file} cannot be written (${writeRemedy(error)}).`),
	});
}

/** A file's text, or undefined when there is no such file. @throws StateError when it cannot be read. */
export function readText(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if (systemCode(error) === "ENOENT") return undefined;
		throw new StateError(`${file} cannot be read (${systemCode(error)}): make it readable for this user.`);
	}
}

/** Writes a whole file: after a crash or an error there is the old content or the new one. @throws StateError */
export function writeStateFile(file: string, text: string, mode: number): void {
	try {
		writeAtomically(file, text, mode);
	} catch (error) {
		throw new StateError(`${file} cannot be written (${writeRemedy(error)}).`);
	}
}
