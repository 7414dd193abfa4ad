// SPDX-License-Identifier: MIT

import { checks } from "../check/checks.js";
import { browserPackage } from "../lib/browser.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { cpuTime } from "../lib/cpu-time.js";
import { ensureSystemPackages, trySystemPackages } from "../lib/system-packages.js";
import { nodeTests, runAll, type TestJob } from "./jobs.js";
import { costliest, sum } from "./results.js";
import { xsJobs } from "./xs.js";

interface Options {
	only?: string;
	jobs: number;
}

/** Programs that nobody here wrote and that the tests check against. */
const peers = ["gcc", "libc6-dev", "make", "libmbedtls-dev", "openssl", "mosquitto", "mosquitto-clients", "awscli"];

const command = program(
	"test",
	"Builds what the tests need, runs them all, and ends with a line `N passed, N failed`.",
	["npm test", "npm test -- --only tests/unit/iot"],
)
	.option("--only <text>", "run only the tests whose path contains this")
	.option("--jobs <count>", "how many test files run at a time", wholeNumber(1, 16), 2)
	.parse();

/** Why this machine cannot run jobs of a kind; undefined when it can. */
async function obstacle(needs: NonNullable<TestJob["needs"]>): Promise<string | undefined> {
	if (needs === "a browser") return trySystemPackages([browserPackage]);
	return process.arch === "x64" ? undefined : `32-bit code runs on x86-64 only; this machine is ${process.arch}.`;
}

/** Takes out the jobs that this machine cannot run; returns a sentence for each kind of them. */
async function takeOut(jobs: TestJob[]): Promise<string[]> {
	const kinds = new Set(jobs.flatMap(({ needs }) => needs ?? []));
	const sentences: string[] = [];
	for (const kind of kinds) {
		const why = await obstacle(kind);
		if (why === undefined) continue;
		const out = jobs.filter(({ needs }) => needs === kind);
		for (const job of out) jobs.splice(jobs.indexOf(job), 1);
		sentences.push(`Not run, as they need ${kind}: ${out.map(({ name }) => name).join(", ")}. ${why}`);
	}
	return sentences;
}

/** User and system time of this process and of all that it has started, in minutes. */
function cpuMinutes(): string {
	const { own, children } = cpuTime("self");
	return ((own + children) / 60).toFixed(1);
}

await guard(async () => {
	const { only = "", jobs: atOnce } = command.opts<Options>();
	const isSelected = (name: string) => name.includes(only);
	await ensureSystemPackages(peers);
	const results = await runAll(
		checks()
			.filter(({ name }) => isSelected(name))
			.map(check => ({ ...check, single: true })),
		atOnce,
	);
	const jobs = [...(await xsJobs(isSelected)), ...(await nodeTests()).filter(({ name }) => isSelected(name))];
	if (jobs.length + results.length === 0) throw new Error(`No test's path contains "${only}".`);
	const missing = await takeOut(jobs);
	results.push(...(await runAll(jobs, atOnce)));
	if (results.length > 1) console.log(["\nThe most CPU time:", ...costliest(results, 10)].join("\n"));
	for (const sentence of missing) console.log(`\n${sentence}`);
	const { passed, failed } = sum(results);
	console.log(`\nCPU time: ${cpuMinutes()} minutes`);
	console.log(`\n${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
