// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Readable } from "node:stream";
import { bundle, bundled } from "../lib/bundle.mjs";
import { root } from "../lib/root.js";
import { type JobResult, totals } from "./results.js";
import { withSourceLines } from "./source-lines.js";

/** One process that runs tests and ends with uvu's totals, or, `single`, that is one test by its exit status. */
export interface TestJob {
	name: string;
	command: string;
	args: string[];
	single?: boolean;
	/** What not every machine has, and this job does not run without. */
	needs?: "a browser" | "32-bit code";
}

/** A test file that takes longer hangs, on any machine; in milliseconds. */
const timeLimit = 1_800_000;

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.flatMap(entry => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]))
		.filter(file => file.endsWith(".test.ts"));
}

/** Tests that not every machine can run, by the beginnings of their names. */
const demanding: Readonly<Record<string, TestJob["needs"]>> = {
	"tests/system/iot-core/page/": "a browser",
	"tests/native/t1/32-bit.test.ts": "32-bit code",
	"tests/system/host/heap.test.ts": "32-bit code",
};

function needsOf(name: string): TestJob["needs"] {
	return Object.entries(demanding).find(([beginning]) => name.startsWith(beginning))?.[1];
}

/** The tests that run on Node, those of whole programs first: they take longest. Bundles them. */
export async function nodeTests(): Promise<TestJob[]> {
	const names = ["system", "native", "unit"]
		.flatMap(folder => filesBelow(join(root, "tests", folder)))
		.map(file => relative(root, file));
	const output = await bundle(root, "tests", names);
	return names.map(name => ({
		name,
		command: process.execPath,
		args: [bundled(output, name)],
		needs: needsOf(name),
	}));
}

/** The last line of uvu's totals; a process that still runs so many milliseconds later has left something open. */
const totalsEnd = /^ *Duration: /m;
const graceAfterTotals = 60_000;

/** Runs a job and writes the CPU time of it, and of all that it has waited for, to file descriptor 3. */
const timed = '"$0" "$@" 3>&-; status=$?; times >&3; exit $status';

/** User and system time of the children, in seconds: the second line of what the shell's `times` prints. */
function cpuSecondsOf(times: string): number {
	const [minutes = 0, seconds = 0, systemMinutes = 0, systemSeconds = 0] =
		/\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s/.exec(times)?.slice(1).map(Number) ?? [];
	return (minutes + systemMinutes) * 60 + seconds + systemSeconds;
}

/** The processes of jobs; each leads a process group of its own. */
const running = new Set<ChildProcess>();

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
	try {
		process.kill(-(pid ?? 0), signal);
	} catch {
		// It has ended already.
	}
}

/** A signal that ends the tests ends all that they have started. */
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
	process.once(signal, () => {
		for (const child of running) killGroup(child, "SIGKILL");
		process.kill(process.pid, signal);
	});

/** Without further authorities, which each start of Node would parse: no test leaves this machine. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

function runJob({ command, args, name, single }: TestJob, place: string): Promise<JobResult> {
	return new Promise(resolve => {
		const started = Date.now();
		const child = spawn("sh", ["-c", timed, command, ...args], {
			cwd: root,
			env,
			stdio: ["ignore", "pipe", "pipe", "pipe"],
			detached: true,
		});
		const [, stdout, stderr, cpuTimes] = child.stdio as (Readable | null)[];
		const output: Buffer[] = [];
		let times = "";
		let grace: NodeJS.Timeout | undefined;
		stdout?.on("data", (data: Buffer) => {
			output.push(data);
			if (totalsEnd.test(data.toString()))
				grace ??= setTimeout(() => {
					output.push(
						Buffer.from(`\n${name} has printed its totals, but something that it opened keeps it running.\n`),
					);
					kill();
				}, graceAfterTotals);
		});
		stderr?.on("data", (data: Buffer) => output.push(data));
		cpuTimes?.on("data", (data: Buffer) => (times += data.toString()));
		const kill = () => killGroup(child, "SIGKILL");
		running.add(child);
		const limit = setTimeout(() => {
			output.push(Buffer.from(`\n${name} did not end within ${timeLimit / 1000} s.\n`));
			kill();
		}, timeLimit);
		child.on("error", error => output.push(Buffer.from(`${error.message}\n`)));
		child.on("close", status => {
			running.delete(child);
			clearTimeout(limit);
			clearTimeout(grace);
			const text = Buffer.concat(output).toString();
			const seconds = (Date.now() - started) / 1000;
			const cpuSeconds = cpuSecondsOf(times);
			const result = { name, ...totals(text, status, single), seconds, cpuSeconds };
			const counts = `${result.passed} passed, ${result.failed} failed`;
			const spent = `${seconds.toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s`;
			console.log(`${result.failed ? "FAIL" : "ok  "} ${name} (${counts}, ${spent}) ${place}`);
			if (result.failed) console.log(withSourceLines(text));
			resolve(result);
		});
	});
}

/** Runs jobs, so many at a time, each in a process of its own. */
export async function runAll(jobs: readonly TestJob[], atOnce: number): Promise<JobResult[]> {
	const waiting = [...jobs];
	const results: JobResult[] = [];
	let started = 0;
	const worker = async () => {
		for (let job = waiting.shift(); job; job = waiting.shift())
			results.push(await runJob(job, `${++started}/${jobs.length}`));
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
	return results;
}
