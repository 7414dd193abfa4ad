// SPDX-License-Identifier: MIT

import { checks } from "../check/checks.js";
import { browserPackage } from "../lib/browser.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { ensureSystemPackages, trySystemPackages } from "../lib/system-packages.js";
import { type Job, nodeTests, runAll } from "./jobs.js";
import { slowest, sum } from "./results.js";
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
	.option("--jobs <count>", "how many test files run at once", wholeNumber(1, 16), 2)
	.parse();

await guard(async () => {
	const { only = "", jobs } = command.opts<Options>();
	ensureSystemPackages(peers);
	const selected: Job[] = [
		...checks().map(check => ({ ...check, single: true })),
		...(await xsJobs()),
		...(await nodeTests()),
	].filter(({ name }) => name.includes(only));
	if (selected.length === 0) throw new Error(`No test's path contains "${only}".`);
	const inBrowser = selected.filter(({ browser }) => browser);
	const noBrowser = inBrowser.length > 0 ? trySystemPackages([browserPackage]) : undefined;
	const results = await runAll(noBrowser === undefined ? selected : selected.filter(({ browser }) => !browser), jobs);
	if (results.length > 1) console.log(["\nThe slowest:", ...slowest(results, 10)].join("\n"));
	if (noBrowser !== undefined)
		console.log(`\nNot run, as there is no browser: ${inBrowser.map(({ name }) => name).join(", ")}. ${noBrowser}`);
	const { passed, failed } = sum(results);
	console.log(`\n${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
