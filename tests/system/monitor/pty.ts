// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { compile } from "../../../tools/lib/compile-c.js";
import { root } from "../../../tools/lib/root.js";

/** A pseudo-terminal that stands for a board's serial port. */
export class SerialLine {
	readonly path: string;
	#process: ChildProcess;

	static async open(path: string): Promise<SerialLine> {
		const helper = await compile({ name: "monitor-pty", sources: ["tests/system/monitor/pty.c"] });
		const process = spawn(helper, [path], { stdio: ["pipe", "pipe", "inherit"] });
		await once(process.stdout as NonNullable<typeof process.stdout>, "data");
		return new SerialLine(path, process);
	}

	private constructor(path: string, process: ChildProcess) {
		this.path = path;
		this.#process = process;
	}

	send(bytes: string | Uint8Array): void {
		this.#process.stdin?.write(bytes);
	}

	/** Calls back with what is written to the port. */
	onData(listener: (bytes: Uint8Array) => void): void {
		this.#process.stdout?.on("data", listener);
	}

	/** The port goes away, as USB ports do when a board resets. */
	async vanish(): Promise<void> {
		this.#process.stdin?.end();
		if (this.#process.exitCode === null) await once(this.#process, "exit");
	}
}

/** `npm run monitor` as a process of its own. */
export class Monitor {
	output = "";
	errors = "";
	readonly #process: ChildProcess;
	readonly #ended: Promise<unknown[]>;

	constructor(args: readonly string[]) {
		this.#process = spawn(process.execPath, [join("tools", "run.mjs"), "monitor", ...args], {
			cwd: root,
			stdio: ["ignore", "pipe", "pipe"],
		});
		this.#process.stdout?.on("data", (data: Buffer) => {
			this.output += data.toString();
		});
		this.#process.stderr?.on("data", (data: Buffer) => {
			this.errors += data.toString();
		});
		this.#ended = once(this.#process, "close");
	}

	/** Waits until the output has so many matches of the text. */
	async shows(text: string, count = 1, seconds = 240): Promise<void> {
		for (let waited = 0; waited < seconds * 1_000; waited += 20) {
			if (this.output.split(text).length > count) return;
			await delay(20);
		}
		throw new Error(
			`The monitor did not show "${text}"${count > 1 ? ` ${count} times` : ""} within ${seconds} s:\n${this.output}${this.errors}`,
		);
	}

	/** Its exit status. */
	async status(): Promise<number | null> {
		await this.#ended;
		return this.#process.exitCode;
	}

	async interrupt(): Promise<number | null> {
		this.#process.kill("SIGINT");
		return this.status();
	}
}
