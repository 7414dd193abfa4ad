// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";

/** Parent of each process. */
function parents(): Map<number, number> {
	const found = new Map<number, number>();
	for (const name of readdirSync("/proc").filter(entry => /^\d+$/.test(entry)))
		try {
			const stat = readFileSync(`/proc/${name}/stat`, "latin1");
			found.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
		} catch {
			// It has ended in between.
		}
	return found;
}

/** Processes below one, parents before their children. */
export function descendants(pid: number, of = parents()): number[] {
	const children = [...of].filter(([, parent]) => parent === pid).map(([child]) => child);
	return [...children, ...children.flatMap(child => descendants(child, of))];
}

/** Ends everything that this process has started, without waiting for it. */
export function killDescendants(): void {
	for (const pid of descendants(process.pid))
		try {
			process.kill(pid, "SIGKILL");
		} catch {
			// It has ended already.
		}
}
