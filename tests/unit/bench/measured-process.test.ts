// SPDX-License-Identifier: MIT
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseCost, peakMegabytes, runMeasured } from "../../../tools/bench/measured-process.js";

test("user and system time are added", () => {
	assert.equal(parseCost("1.500 0.250 0.500\n"), { wall: 1.5, cpu: 0.75 });
});

test("something else than times is an error", () => {
	assert.throws(() => parseCost(""), /bash did not report/);
	assert.throws(() => parseCost("bash: no such thing"), /bash did not report/);
});

test("the time of a program's children is the program's", async () => {
	const busy = "const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end) {}";
	const parent = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(busy)}])`;
	const { cpu } = await runMeasured([process.execPath, "-e", parent]);
	assert.ok(cpu > 0.3, `${cpu}`);
});

test("a program that fails is an error with its last words, not a sample", async () => {
	try {
		await runMeasured([process.execPath, "-e", 'console.error("first\\nthe reason"); process.exit(3)']);
		assert.unreachable();
	} catch (error) {
		assert.match((error as Error).message, /ended with status 3: the reason$/);
	}
});

test("a program that does not exist is an error", async () => {
	try {
		await runMeasured(["/no/such/program"]);
		assert.unreachable();
	} catch (error) {
		assert.match((error as Error).message, /ended with status 127/);
	}
});

test("a program can be talked to, and its words do not mix with the times", async () => {
	let said = "";
	const echo = 'process.stdin.pipe(process.stdout); console.error("0.000 0.000 0.000")';
	const { wall } = await runMeasured([process.execPath, "-e", echo], {
		async converse(input, output) {
			input.end("9.000 9.000 9.000");
			said = await text(output);
		},
	});
	assert.is(said, "9.000 9.000 9.000");
	assert.ok(wall > 0 && wall !== 9, `${wall}`);
});

test("memory is counted in megabytes", () => {
	const here = peakMegabytes(process.pid),
		{ maxRSS } = process.resourceUsage();
	assert.ok(Math.abs(here - (maxRSS * 1024) / 1e6) < 20, `${here} MB, ${maxRSS} KiB`);
});

test.run();
