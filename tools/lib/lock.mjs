// SPDX-License-Identifier: MIT
// One lock file for all programs. Plain JavaScript without dependencies, as run.mjs needs it before `npm ci` has run; lock.d.mts has its types.
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollMilliseconds = 50;
/** A second: whoever waits longer is told for what. */
const pollsUntilMessage = 20;

/** Whether a process answers to signals, be it another user's. */
function answers(id) {
	try {
		process.kill(id, 0);
		return true;
	} catch (error) {
		return error.code === "EPERM";
	}
}

/**
 * When a process started, in clock ticks since the machine did (proc(5), stat, field 22): with it, an id that was given
 * to another process since is recognized. Always 0 on systems without /proc. Undefined when no such process runs.
 */
function startOf(id) {
	if (!existsSync("/proc/self/stat")) return answers(id) ? "0" : undefined;
	try {
		const stat = readFileSync(`/proc/${id}/stat`, "latin1");
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from field 3 on: the name may have spaces
		return fields[0] === "Z" ? undefined : fields[19];
	} catch {
		return undefined;
	}
}

function read(path) {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if (error.code === "ENOENT") return "";
		throw error;
	}
}

/** The first claim whose process still runs: id of that process, and the line. */
function firstLiving(text) {
	for (const line of text.split("\n")) {
		const [, id = "", start] = /^(\d+) (\d+) [-0-9a-f]+$/.exec(line) ?? [];
		if (id !== "" && startOf(Number(id)) === start) return { id: Number(id), line };
	}
	return undefined;
}

/**
 * One wish to have a lock file. A claim is a line of the file: process id, when that process started, and a random id.
 * The first claim of a process that runs has the lock; so one that was killed needs no cleaning up, which two could do
 * to each other at once. Only who has the lock removes the file, and the claims of those who lost go with it.
 */
class Claim {
	#path;
	#line = `${process.pid} ${startOf(process.pid)} ${randomUUID()}`;

	constructor(path) {
		this.#path = path;
	}

	/** The process that has the lock; undefined when this claim has it. */
	holder() {
		for (;;) {
			const text = read(this.#path);
			const first = firstLiving(text);
			if (first === undefined) appendFileSync(this.#path, `\n${this.#line}\n`, { mode: 0o600 });
			else if (first.line !== this.#line) return first.id;
			else if (read(this.#path) === text)
				// else an earlier claimant has released since, and ended
				return undefined;
		}
	}

	release = () => rmSync(this.#path, { force: true });
}

export function takeLock(path, refusals) {
	const claim = new Claim(path);
	let holder;
	try {
		holder = claim.holder();
	} catch (error) {
		throw refusals.failed(error);
	}
	if (holder !== undefined) throw refusals.held(holder);
	return claim.release;
}

export async function withLock(path, work, doing = `using ${path}`) {
	mkdirSync(dirname(path), { recursive: true });
	const claim = new Claim(path);
	for (let polls = 0, holder = claim.holder(); holder !== undefined; holder = claim.holder(), polls++) {
		if (polls === pollsUntilMessage) console.error(`Waiting for process ${holder}, which is ${doing} …`);
		await sleep(pollMilliseconds);
	}
	try {
		await work();
	} finally {
		claim.release();
	}
}
