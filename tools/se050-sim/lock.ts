import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { UserError, systemCode } from "./user-error.js";

/**
 * Keeps a chip's file to one simulator: two that write it would undo each other's work. The lock is a file beside it
 * with the process' id; one whose process is gone is taken over.
 */
export class ChipLock {
	readonly #path: string;

	/** Throws UserError while another simulator has the chip. */
	constructor(stateFile: string) {
		this.#path = `${stateFile}.lock`;
		if (this.#create())
			return;
		const owner = this.#owner();
		if (owner !== undefined && isRunning(owner))
			throw new UserError(`${stateFile} is in use by the simulator of process ${owner}: stop that one, or use another file.`);
		this.release();
		if (!this.#create())
			throw new UserError(`${stateFile} is being taken by another simulator: use another file.`);
	}

	release(): void {
		rmSync(this.#path, { force: true });
	}

	#create(): boolean {
		try {
			const file = openSync(this.#path, "wx", 0o600);
			writeSync(file, `${process.pid}\n`);
			closeSync(file);
			return true;
		}
		catch (error) {
			if (systemCode(error) === "EEXIST")
				return false;
			throw new UserError(`Cannot write ${this.#path} (${(error as Error).message}): check its folder's permissions.`);
		}
	}

	#owner(): number | undefined {
		try {
			const id = Number(readFileSync(this.#path, "utf8"));
			return Number.isSafeInteger(id) && id > 0 ? id : undefined;
		}
		catch {
			return undefined;
		}
	}
}

function isRunning(processId: number): boolean {
	try {
		process.kill(processId, 0);
		return true;
	}
	catch (error) {
		return systemCode(error) === "EPERM";
	}
}
