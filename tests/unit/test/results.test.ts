// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { costliest, sum, totals } from "../../../tools/test/results.js";

const uvu = (total: number, passed: number, skipped = 0) =>
	`• •\n\n  Total:     ${total}\n\u001b[32m  Passed:    ${passed}\u001b[39m\n  Skipped:   ${skipped}\n  Duration:  1ms\n`;

test("passed and failed come from uvu's totals, coloured or not", () => {
	assert.equal(totals(uvu(5, 5), 0), { passed: 5, failed: 0 });
	assert.equal(totals(uvu(5, 3), 1), { passed: 3, failed: 2 });
});

test("a file that runs no test counts as a failure", () => {
	assert.equal(totals("", 0), { passed: 0, failed: 1 });
	assert.equal(totals(uvu(0, 0), 0), { passed: 0, failed: 1 });
});

test("a file that dies after its last test counts as a failure", () => {
	assert.equal(totals(uvu(5, 5), 1), { passed: 5, failed: 1 });
	assert.equal(totals(uvu(5, 5), null), { passed: 5, failed: 1 });
});

test("a skipped test is a failure", () => {
	assert.equal(totals(uvu(5, 4, 1), 0), { passed: 4, failed: 1 });
});

test("a job that is one test counts by its status", () => {
	assert.equal(totals("", 0, true), { passed: 1, failed: 0 });
	assert.equal(totals("error TS2322", 2, true), { passed: 0, failed: 1 });
});

const results = [
	["a", 1, 3, 0],
	["b", 12.34, 2, 1],
	["c", 5, 0, 0],
] as const;
const named = results.map(([name, cpuSeconds, passed, failed]) => ({ name, seconds: 1, cpuSeconds, passed, failed }));

test("the sum is that of all jobs", () => {
	assert.equal(sum(named), { passed: 5, failed: 1 });
	assert.equal(sum([]), { passed: 0, failed: 0 });
});

test("the jobs that used the most CPU time are named, the costliest first", () => {
	assert.equal(costliest(named, 2), ["   12.3 s  b", "    5.0 s  c"]);
});

test.run();
