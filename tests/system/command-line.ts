// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../../tools/lib/root.js";
import { parseEvent, type SerialEvent } from "../../tools/lib/serial-lines.js";

/** What takes longer hangs, on any machine; in seconds. */
const hang = 240;

/** A program that runs longer hangs; in milliseconds. */
const timeLimit = 900_000;

export interface CommandOptions {
	/** Added to this process' environment. */
	env?: Readonly<Record<string, string>>;
	cwd?: string;
	/** The copy of the project whose tools run. */
	project?: string;
	/** A program and its first arguments that run the command, such as setpriv. */
	through?: readonly string[];
}

export interface Ended {
	status: number | null;
	signal: NodeJS.Signals | null;
	stdout: string;
	stderr: string;
	seconds: number;
}

/** Processes of a group that still run, as "pid name"; a zombie has ended. */
export function processesOf(group: number): string[] {
	return readdirSync("/proc")
		.filter(name => /^\d+$/.test(name))
		.flatMap(pid => {
			const [, name, state, processGroup] = /^\d+ \((.*)\) (\S) \d+ (\d+) /s.exec(statOf(pid)) ?? [];
			return Number(processGroup) === group && state !== "Z" ? `${pid} ${name}` : [];
		});
}

function statOf(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/stat`, "utf8");
	} catch {
		return ""; // it has ended meanwhile
	}
}

/** A command of this project, in a process group of its own, as a terminal starts it. */
export class CommandLine {
	/** Lines of standard output and standard error, as they came. */
	readonly lines: string[] = [];
	readonly ended: Promise<Ended>;
	readonly group: number;
	#child: ChildProcess;
	#running = true;
	#output = { stdout: "", stderr: "" };

	/** Runs `npm run TOOL -- ARGUMENTS`, without npm: a third of a second less. */
	static tool(name: string, args: readonly string[], { project = root, ...options }: CommandOptions = {}): CommandLine {
		return new CommandLine([process.execPath, join(project, "tools", "run.mjs"), name, ...args], {
			cwd: project,
			...options,
		});
	}

	constructor(command: readonly string[], { env, cwd = root, through = [] }: CommandOptions = {}) {
		const started = performance.now();
		const [program = "", ...args] = [...through, ...command];
		const child = spawn(program, args, {
			cwd,
			env: { ...process.env, ...env },
			stdio: ["ignore", "pipe", "pipe"],
			detached: true,
			timeout: timeLimit,
		});
		this.#child = child;
		this.group = child.pid ?? 0;
		const read = [this.#read("stdout"), this.#read("stderr")];
		this.ended = once(child, "exit").then(async ([status, signal]) => {
			const seconds = (performance.now() - started) / 1_000;
			await Promise.all(read);
			this.#running = false;
			return { status, signal, ...this.#output, seconds };
		});
	}

	async #read(name: "stdout" | "stderr"): Promise<void> {
		const stream = this.#child[name];
		if (!stream) return;
		for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
			this.lines.push(line);
			this.#output[name] += `${line}\n`;
		}
	}

	/** Serial events in the output; with `npm start` those of one device. */
	events(name: string, device?: string): SerialEvent[] {
		return this.lines.flatMap(line => {
			const [, source, text = line] = /^(\S+) +│ (.*)$/.exec(line) ?? [];
			const event = source === device ? parseEvent(text) : undefined;
			return event?.name === name ? event : [];
		});
	}

	/** Waits until there is a value; throws with all that was printed when there is none in time or the command ends. */
	async until<Value>(what: string, find: () => Value | undefined, seconds = hang): Promise<Value> {
		const limit = performance.now() + seconds * 1_000;
		for (let running = true; running && performance.now() < limit; await delay(10)) {
			running = this.#running;
			const found = find();
			if (found !== undefined) return found;
		}
		throw new Error(`No ${what} within ${seconds} s:\n${this.lines.slice(-40).join("\n")}`);
	}

	/** Waits for a line. */
	line(pattern: RegExp, seconds?: number): Promise<string> {
		return this.until(`line like ${pattern}`, () => this.lines.find(line => pattern.test(line)), seconds);
	}

	/** Waits for the serial event number `count` of a name. */
	event(name: string, count = 1, seconds?: number): Promise<SerialEvent> {
		return this.until(`event "${name}"`, () => this.events(name)[count - 1], seconds);
	}

	/** What Ctrl-C does: a signal to the whole group. */
	interrupt(): void {
		process.kill(-this.group, "SIGINT");
	}

	/** Ends whatever of the group still runs. */
	async kill(): Promise<void> {
		if (processesOf(this.group).length > 0) process.kill(-this.group, "SIGKILL");
		await this.ended;
	}
}

/** Runs a command to its end. */
export async function runTool(
	name: string,
	args: readonly string[],
	options?: CommandOptions,
): Promise<Ended & { left: string[] }> {
	const command = CommandLine.tool(name, args, options);
	try {
		const ended = await command.ended;
		return { ...ended, left: processesOf(command.group) };
	} finally {
		await command.kill();
	}
}
