import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	}
	catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}

/** Takes the lock file; false when a living process holds it. */
function take(path: string): boolean {
	try {
		writeFileSync(path, String(process.pid), { flag: "wx" });
		return true;
	}
	catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST")
			throw error;
	}
	const holder = Number(readFileSync(path, { encoding: "utf8", flag: "a+" }));
	if (holder > 0 && !isAlive(holder))
		rmSync(path, { force: true });
	return false;
}

/** Runs `work` while no other process does so with the same lock file. */
export async function withLock(path: string, work: () => void | Promise<void>): Promise<void> {
	mkdirSync(dirname(path), { recursive: true });
	while (!take(path))
		await sleep(50);
	try {
		await work();
	}
	finally {
		rmSync(path, { force: true });
	}
}
