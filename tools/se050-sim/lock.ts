import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { UserError, systemCode } from "./user-error.js";

/** A process: its id, and when it started, in clock ticks since the machine did (proc(5), stat, field 22). */
interface Owner { id: number; startedAt: string }

/** When a process started; undefined when there is no such process. */
function startOf(id: number): string | undefined {
	try {
		const stat = readFileSync(`/proc/${id}/stat`, "latin1");
		return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];	// field 3 is the first behind the name
	}
	catch {
		return undefined;
	}
}

/**
 * Keeps a chip's file to one simulator: two that write it would undo each other's work. The lock is a file beside it
 * that names the process; one whose process is gone, its id taken by another or not, is taken over.
 */
export class ChipLock {
	readonly #path: string;

	/** Throws UserError while another simulator has the chip. */
	constructor(stateFile: string) {
		this.#path = `${stateFile}.lock`;
		if (this.#create())
			return;
		const owner = this.#owner();
		if (owner && startOf(owner.id) === owner.startedAt)
			throw new UserError(`${stateFile} is in use by the simulator of process ${owner.id}: stop that one, or use another file.`);
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
			writeSync(file, `${process.pid} ${startOf(process.pid)}\n`);
			closeSync(file);
			return true;
		}
		catch (error) {
			if (systemCode(error) === "EEXIST")
				return false;
			throw new UserError(`Cannot write ${this.#path} (${(error as Error).message}): check its folder's permissions.`);
		}
	}

	#owner(): Owner | undefined {
		try {
			const [, id, startedAt] = /^(\d+) (\d+)\n$/.exec(readFileSync(this.#path, "utf8")) ?? [];
			return id !== undefined && startedAt !== undefined ? { id: Number(id), startedAt } : undefined;
		}
		catch {
			return undefined;
		}
	}
}
