// SPDX-License-Identifier: MIT
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** Whether a process has a file open. */
function hasOpen(pid: number, path: string): boolean {
	try {
		const folder = `/proc/${pid}/fd`;
		return readdirSync(folder).some(fd => {
			try {
				return readlinkSync(`${folder}/${fd}`) === path;
			} catch {
				return false;
			}
		});
	} catch {
		return false;
	}
}

/** A serial line: a pseudo-terminal that `script` (Debian's bsdutils, always there) makes, with a board's end to write to. */
export class SerialLine {
	/** The port that a program opens. */
	readonly path: string;
	readonly #script: ChildProcessByStdio<Writable, Readable, null>;

	static async open(): Promise<SerialLine> {
		const script = spawn("script", ["-qfc", "tty; exec sleep 300", "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
		const ended = once(script, "exit").then(([status]) => {
			throw new Error(`script ended with status ${status}, without a terminal.`);
		});
		const [path] = (await Promise.race([once(script.stdout, "data"), ended])) as [Buffer];
		ended.catch(() => undefined);
		script.stdout.resume();
		return new SerialLine(script, path.toString().trim());
	}

	private constructor(script: ChildProcessByStdio<Writable, Readable, null>, path: string) {
		this.#script = script;
		this.path = path;
	}

	/** Sends a line, as a board does. */
	write(line: string): void {
		this.#script.stdin.write(`${line}\r\n`);
	}

	/** Sends text as it is. */
	send(text: string): void {
		this.#script.stdin.write(text);
	}

	/** Takes what the program writes to the port. */
	onWritten(listener: (text: string) => void): void {
		this.#script.stdout.on("data", (data: Buffer) => listener(data.toString("latin1")));
	}

	/** Waits until a process listens. */
	async openedBy(pid: number): Promise<void> {
		for (let waited = 0; !hasOpen(pid, this.path); waited += 20) {
			if (waited > 240_000) throw new Error(`${this.path} was not opened within 240 s.`);
			await delay(20);
		}
	}

	close(): void {
		this.#script.kill();
	}
}
