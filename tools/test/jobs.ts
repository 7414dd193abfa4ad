// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { bundle, bundled } from "../lib/bundle.mjs";
import { root } from "../lib/root.js";
import { type Result, totals } from "./results.js";
import { withSourceLines } from "./source-lines.js";

/** One process that runs tests and ends with uvu's totals, or, `single`, that is one test by its exit status. */
export interface Job {
	name: string;
	command: string;
	args: string[];
	single?: boolean;
	/** It opens a browser. */
	browser?: boolean;
}

/** A test file that takes longer hangs, on any machine; in milliseconds. */
const timeLimit = 1_800_000;

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.flatMap(entry => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]))
		.filter(file => file.endsWith(".test.ts"));
}

/** How the names of tests begin that open the page of iot-core in a browser. */
const pageTests = "tests/system/iot-core/page/";

/** The tests that run on Node, those of whole programs first: they take longest. Bundles them. */
export async function nodeTests(): Promise<Job[]> {
	const folder = await bundle(root, "tests");
	return ["system", "native", "unit"]
		.flatMap(folder => filesBelow(join(root, "tests", folder)))
		.map(file => relative(root, file))
		.map(name => ({
			name,
			command: process.execPath,
			args: [bundled(root, folder, name)],
			browser: name.startsWith(pageTests),
		}));
}

/** The last line of uvu's totals; a process that still runs so many milliseconds later has left something open. */
const totalsEnd = /^ *Duration: /m;
const graceAfterTotals = 60_000;

function run({ command, args, name, single }: Job): Promise<Result> {
	return new Promise(resolve => {
		const started = Date.now();
		const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true });
		const output: Buffer[] = [];
		let grace: NodeJS.Timeout | undefined;
		child.stdout.on("data", (data: Buffer) => {
			output.push(data);
			if (totalsEnd.test(data.toString()))
				grace ??= setTimeout(() => {
					output.push(Buffer.from(`\n${name} has told its totals, but something that it opened keeps it running.\n`));
					kill();
				}, graceAfterTotals);
		});
		child.stderr.on("data", (data: Buffer) => output.push(data));
		const kill = () => {
			try {
				process.kill(-(child.pid ?? 0), "SIGKILL");
			} catch {
				// It has ended already.
			}
		};
		const limit = setTimeout(() => {
			output.push(Buffer.from(`\n${name} did not end within ${timeLimit / 1000} s.\n`));
			kill();
		}, timeLimit);
		child.on("error", error => output.push(Buffer.from(`${error.message}\n`)));
		child.on("close", status => {
			clearTimeout(limit);
			clearTimeout(grace);
			const text = Buffer.concat(output).toString();
			const result = { name, ...totals(text, status, single), seconds: (Date.now() - started) / 1000 };
			console.log(
				`${result.failed ? "FAIL" : "ok  "} ${name} (${result.passed} passed, ${result.failed} failed, ${result.seconds.toFixed(1)} s)`,
			);
			if (result.failed) console.log(withSourceLines(text));
			resolve(result);
		});
	});
}

/** Runs jobs, so many at once, each in a process of its own. */
export async function runAll(jobs: readonly Job[], atOnce: number): Promise<Result[]> {
	const waiting = [...jobs];
	const results: Result[] = [];
	const worker = async () => {
		for (let job = waiting.shift(); job; job = waiting.shift()) results.push(await run(job));
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
	return results;
}
