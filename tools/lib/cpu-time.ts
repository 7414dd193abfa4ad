// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

/** User and system time, in seconds. */
export interface CpuTime {
	/** Of the process itself, all its threads. */
	own: number;
	/** Of its children that have ended and that it has waited for, and of theirs. */
	children: number;
}

/** What the kernel calls USER_HZ: 100 on every architecture that Node runs on (proc(5), sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100;

/** Parses /proc/PID/stat (proc_pid_stat(5), fields 14 to 17). The name in field 2 may hold spaces and brackets. */
export function parseCpuTime(stat: string): CpuTime {
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	const [user = NaN, system = NaN, childrenUser = NaN, childrenSystem = NaN] = fields.slice(11, 15).map(Number);
	return { own: (user + system) / ticksPerSecond, children: (childrenUser + childrenSystem) / ticksPerSecond };
}

/** @throws Error when there is no such process any more */
export function cpuTime(process: number | "self"): CpuTime {
	return parseCpuTime(readFileSync(`/proc/${process}/stat`, "latin1"));
}
