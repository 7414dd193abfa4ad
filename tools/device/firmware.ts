// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface FirmwareOptions {
	executable: string;
	/** The module map that tools/build wrote. */
	modules: string;
	/** The module to run; default: the firmware's own, `main`. */
	module?: string;
	/** Runs it in a machine with the board's memory (the variant x86 has the ESP32's sizes), and writes the peaks to this file. */
	heap?: string;
	/** What mc/config hands to the firmware beside the manifest's. */
	config: Readonly<Record<string, string | number>>;
	/** Where commands come from (docs/serial.md): this program's standard input, or a pipe; default: nowhere. */
	input?: "inherit" | "pipe" | "ignore";
	/** Each line of the serial output. */
	onLine?(line: string): void;
	/** Each line that is none of the firmware's: stacks, the sanitizers' words. */
	onError?(line: string): void;
}

export interface Firmware {
	/** Settled when the process has ended and its output was read. */
	ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
	/** Ends the process; settled as `ended`. */
	stop(): Promise<void>;
	process: ChildProcess;
}

async function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> {
	for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
}

/** Through a pipe: a command line has a limit that certificates exceed, and everybody can read it. */
function giveConfig(pipe: Writable, config: FirmwareOptions["config"]): void {
	pipe.on("error", () => undefined); // the process ended before it had read it: its status says so
	pipe.end(JSON.stringify(config));
}

/** Starts one firmware: the real main.ts on the real XS engine, as a process of its own. */
export function startFirmware({
	executable,
	modules,
	module = "main",
	heap,
	config,
	input = "ignore",
	onLine,
	onError,
}: FirmwareOptions): Firmware {
	const commandLine = [...(heap === undefined ? [] : ["--heap", heap]), modules, module, "@3"];
	const child = spawn(executable, commandLine, { stdio: [input, "pipe", "pipe", "pipe"] });
	const [, stdout, stderr, pipe] = child.stdio as unknown as [unknown, Readable, Readable, Writable];
	child.stdin?.on("error", () => undefined); // the process ended before it had read all
	giveConfig(pipe, config);
	const output = Promise.all([eachLine(stdout, line => onLine?.(line)), eachLine(stderr, line => onError?.(line))]);
	const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
	const ended = Promise.all([exit, output]).then(([[status, signal]]) => ({ status, signal }));
	const stop = async () => {
		child.kill("SIGTERM");
		await ended;
	};
	return { ended, stop, process: child };
}
