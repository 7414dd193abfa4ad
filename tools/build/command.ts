// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../lib/root.js";
import { logFolder } from "./paths.js";

export interface BuildCommand {
	/** What the command does, for the error: "Compiling the firmware". */
	what: string;
	/** Name of the log file, without folder and extension. */
	log: string;
	program: string;
	args: readonly string[];
	/** Picks the line to show out of the output; the default is the first with "error". */
	firstError?: RegExp;
	/** Gets each piece of standard output as it comes. */
	onOutput?(text: string): void;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function errorLine(output: string, pattern: RegExp): string {
	const lines = output
		.split("\n")
		.map(line => line.trim())
		.filter(line => line.length > 0);
	return lines.find(line => pattern.test(line)) ?? lines.at(-1) ?? "it printed nothing";
}

/** Ends a process and all that it has started: it leads a process group of its own. */
function endGroup({ pid }: ChildProcess): void {
	try {
		if (pid !== undefined) process.kill(-pid, "SIGTERM");
	} catch {
		// It has ended already.
	}
}

/**
 * Ends a process when a signal ends this program, and the program itself if it does not handle the signal in its own way.
 * @returns stops doing so
 */
function endTogether(child: ChildProcess): () => void {
	const end = (signal: NodeJS.Signals) => {
		endGroup(child);
		if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
	};
	for (const signal of signals) process.once(signal, end);
	return () => {
		for (const signal of signals) process.off(signal, end);
	};
}

/**
 * Runs a program in the project's folder and keeps its output in a log file.
 * @returns its standard output
 * @throws Error of one sentence: what failed, the first error, and where the rest is
 */
export async function runCommand({
	what,
	log,
	program,
	args,
	firstError = /\berror\b/i,
	onOutput,
}: BuildCommand): Promise<string> {
	const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true });
	const release = endTogether(child);
	let stdout = "",
		output = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
		output += text;
		onOutput?.(text);
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
	const [status, signal] = await once(child, "close")
		.catch((error: Error) => {
			throw new Error(`${what} failed: ${program} could not be started (${error.message}).`);
		})
		.finally(release);
	mkdirSync(logFolder, { recursive: true });
	const file = join(logFolder, `${log}.log`);
	writeFileSync(file, output);
	if (status === 0) return stdout;
	throw new Error(
		`${what} failed (${signal ?? `status ${status}`}): ${errorLine(output, firstError)}; the whole output is in ${relative(root, file)}.`,
	);
}
