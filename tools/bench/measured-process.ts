// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { cpuTime } from "../lib/cpu-time.js";
import { root } from "../lib/root.js";
import type { Contender } from "./row.js";

/** What a process and its descendants took, in seconds. */
export interface Cost {
	cpu: number;
	wall: number;
}

export interface MeasuredOptions {
	/** Talks to the program; without it, there is no standard input, and what the program prints is dropped. */
	converse?(input: Writable, output: Readable): Promise<void>;
	env?: NodeJS.ProcessEnv;
}

/** bash reads getrusage(2) to the millisecond, and includes the descendants that were waited for. Its report goes to 3. */
const script = `exec 4>&2 2>&3 3>&-; TIMEFORMAT="%3R %3U %3S"; time "$@" 2>&4 4>&-`;

/** Parses what `script` prints. @throws Error when it is something else */
export function parseCost(report: string): Cost {
	const [wall, user, system] = report.trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
	if (wall === undefined || user === undefined || system === undefined || Number.isNaN(wall + user + system))
		throw new Error(`bash did not report the time of a program: it printed "${report.trim()}".`);
	return { cpu: user + system, wall };
}

/**
 * Runs a program in the project's folder to its end.
 * @throws Error with the program's last line on standard error when its status is not 0
 */
export async function runMeasured(command: readonly string[], options: MeasuredOptions = {}): Promise<Cost> {
	const { converse, env = process.env } = options;
	const piped = converse === undefined ? "ignore" : "pipe";
	const child = spawn("/bin/bash", ["-c", script, "bench", ...command], {
		cwd: root,
		env,
		stdio: [piped, piped, "pipe", "pipe"],
	});
	const [input, output, complaints, report] = child.stdio as unknown as [Writable, Readable, Readable, Readable];
	const exit = once(child, "exit") as Promise<[number | null]>;
	const read = Promise.all([text(complaints), text(report)]);
	await converse?.(input, output);
	const [status] = await exit;
	const [said, time] = await read;
	if (status !== 0)
		throw new Error(`${command.join(" ")} ended with status ${status}: ${said.trim().split("\n").at(-1) ?? ""}`);
	return parseCost(time);
}

/** The largest resident set of a process so far, in MB of 10^6 bytes (proc_pid_status(5), VmHWM). */
export function peakMegabytes(pid: number): number {
	const [, kibibytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
	return (Number(kibibytes) * 1024) / 1e6;
}

/** User and system time of a process that runs, in seconds. */
export function cpuOf({ pid }: ChildProcess): number {
	return cpuTime(pid ?? 0).own;
}

/** Milliseconds until a process that was asked to end is killed. */
const patience = 10_000;

/** Asks a process to end, and waits until it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exit = once(child, "exit");
	child.kill("SIGTERM");
	const timer = setTimeout(() => child.kill("SIGKILL"), patience);
	await exit;
	clearTimeout(timer);
}

/** A command's CPU and wall time, as a contender of a row. */
export function timed(name: string, command: readonly string[]): Contender {
	return {
		name,
		async measure() {
			const { cpu, wall } = await runMeasured(command);
			return [cpu, wall];
		},
	};
}
