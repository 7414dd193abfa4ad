import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One process that runs tests and ends with uvu's totals, or, `single`, that is one test by its exit status. */
export interface Job {
	name: string;
	command: string;
	args: string[];
	single?: boolean;
}

export interface Totals { passed: number; failed: number }

/** A test file that takes longer hangs. */
const timeLimit = 300_000;

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.flatMap(entry => entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)])
		.filter(file => file.endsWith(".test.ts"));
}

/** The tests that run on Node, the whole picture's first: they take longest. */
export function nodeTests(): Job[] {
	return ["system", "native", "unit"].flatMap(folder => filesBelow(join(root, "tests", folder)))
		.map(file => ({ name: relative(root, file), command: process.execPath, args: ["--import", "tsx", file] }));
}

/** The last line of uvu's totals; a process that still runs so many milliseconds later has left something open. */
const totalsEnd = /^ *Duration: /m;
const graceAfterTotals = 15_000;

/** Totals as uvu prints them; a process that fails without a failed test counts as one. */
export function totals(output: string, status: number | null, single = false): Totals {
	if (single)
		return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
	const plain = output.replace(/\u001b\[\d+m/g, "");
	const total = Number(/^ *Total: +(\d+)/m.exec(plain)?.[1] ?? 0);
	const passed = Number(/^ *Passed: +(\d+)/m.exec(plain)?.[1] ?? 0);
	const skipped = Number(/^ *Skipped: +(\d+)/m.exec(plain)?.[1] ?? 0);
	const failed = total - passed - skipped;
	const broken = total === 0 || skipped > 0 || (status !== 0 && failed === 0);
	return { passed, failed: broken ? failed + Math.max(1, skipped) : failed };
}

function run({ command, args, name, single }: Job): Promise<Totals> {
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
			}
			catch {
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
			const result = totals(text, status, single);
			const seconds = ((Date.now() - started) / 1000).toFixed(1);
			console.log(`${result.failed ? "FAIL" : "ok  "} ${name} (${result.passed} passed, ${result.failed} failed, ${seconds} s)`);
			if (result.failed)
				console.log(text);
			resolve(result);
		});
	});
}

/** Runs jobs, so many at once, each in a process of its own; returns the sum. */
export async function runAll(jobs: readonly Job[], atOnce: number): Promise<Totals> {
	const waiting = [...jobs];
	const sum = { passed: 0, failed: 0 };
	const worker = async () => {
		for (let job = waiting.shift(); job; job = waiting.shift()) {
			const { passed, failed } = await run(job);
			sum.passed += passed;
			sum.failed += failed;
		}
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
	return sum;
}
