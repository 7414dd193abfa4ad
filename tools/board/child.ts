// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { root } from "../lib/root.js";
import { UserError } from "../lib/user-error.js";

export interface ChildOptions {
	/** What it does, for the error: "Building the image". */
	what: string;
	program: string;
	args: readonly string[];
	/** What a person does about a failure. */
	remedy: string;
	/** Takes each line of standard output and standard error. */
	onLine(line: string): void;
}

const shownLines = 15;

function endGroup(id: number | undefined): void {
	try {
		if (id !== undefined) process.kill(-id, "SIGTERM");
	} catch {
		// It has ended by itself.
	}
}

/**
 * Runs a program in the project's folder to its end; a signal to this program ends it, too.
 * @throws UserError with its last lines when it fails
 */
export async function runChild({ what, program, args, remedy, onLine }: ChildOptions): Promise<string[]> {
	// A group of its own: make and compilers, which mcconfig starts, end with it.
	const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true });
	const lines: string[] = [];
	const end = () => endGroup(child.pid);
	process.on("exit", end);
	const read = [child.stdout, child.stderr].map(async stream => {
		for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
			lines.push(line);
			onLine(line);
		}
	});
	try {
		const [status, signal] = await once(child, "exit");
		await Promise.all(read);
		if (status === 0) return lines;
		throw new UserError(
			`${what} failed (${signal ?? `status ${status}`}): ${remedy}\nIts last lines:\n${lines.slice(-shownLines).join("\n")}`,
		);
	} catch (error) {
		if (error instanceof UserError) throw error;
		throw new UserError(`${what} failed: ${program} could not be started (${(error as Error).message}). ${remedy}`);
	} finally {
		process.off("exit", end);
	}
}
