// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../lib/root.js";
import { logFolder } from "./paths.js";

export interface Command {
	/** What the command does, for the error: "Compiling the firmware". */
	what: string;
	/** Name of the log file, without folder and extension. */
	log: string;
	program: string;
	args: readonly string[];
	/** Picks the line to show out of the output; the default is the first with "error". */
	firstError?: RegExp;
	environment?: Record<string, string>;
}

function errorLine(output: string, pattern: RegExp): string {
	const lines = output
		.split("\n")
		.map(line => line.trim())
		.filter(line => line.length > 0);
	return lines.find(line => pattern.test(line)) ?? lines.at(-1) ?? "it said nothing";
}

/**
 * Runs a program in the project's root and keeps what it says in a log file.
 * @returns its standard output
 * @throws Error of one sentence: what failed, the first error, and where the rest is
 */
export function run({ what, log, program, args, firstError = /\berror\b/i, environment = {} }: Command): string {
	const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
		cwd: root,
		encoding: "utf8",
		maxBuffer: 64 * 1024 * 1024,
		env: { ...process.env, ...environment },
	});
	if (error) throw new Error(`${what} failed: ${program} could not be started (${error.message}).`);
	const output = `${stdout}${stderr}`;
	mkdirSync(logFolder, { recursive: true });
	const file = join(logFolder, `${log}.log`);
	writeFileSync(file, output);
	if (status !== 0)
		throw new Error(
			`${what} failed (${signal ?? `status ${status}`}): ${errorLine(output, firstError)}; all of it is in ${relative(root, file)}.`,
		);
	return stdout;
}
