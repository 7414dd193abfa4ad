import { readFileSync, unlinkSync, writeFileSync } from "node:fs";

import { StateError, systemCode } from "./errors.js";

/**
 * Takes a state folder for this process; a lock of a process that is gone is taken over.
 * @returns gives the folder free
 * @throws StateError when a running process has it
 */
export function lockFolder(file: string): () => void {
	for (;;) {
		try {
			writeFileSync(file, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
			return () => unlinkSync(file);
		} catch (error) {
			if (systemCode(error) !== "EEXIST")
				throw error;
		}
		const holder = Number(readFileSync(file, "utf8"));
		if (isRunning(holder))
			throw new StateError(`The state folder is in use by process ${holder} (${file}): stop that one, or give another folder.`);
		unlinkSync(file);
	}
}

function isRunning(pid: number): boolean {
	if (!Number.isInteger(pid) || pid <= 0)
		return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return systemCode(error) === "EPERM";
	}
}
