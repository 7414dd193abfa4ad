// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { classifyWaits, isBelowDoublingBounds, judgeWaits } from "../../../tools/advisor/waits.js";

for (const [name, waits, pattern] of [
	["a fixed second is constant", [1_000, 1_020, 990, 1_010, 1_000], "constant"],
	["a second more each time is linear", [1_000, 2_000, 3_010, 4_000, 4_990], "linear"],
	["linear up to a cap is linear", [1_000, 2_000, 3_000, 3_000, 3_000], "linear"],
	["doubling is exponential", [500, 1_000, 2_020, 3_990, 8_000], "exponential"],
	["doubling up to a cap is exponential", [1_000, 2_000, 4_000, 8_000, 8_000, 8_000], "exponential"],
	["full jitter is jittered", [650, 1_260, 3_020, 3_930, 6_820], "jittered"],
	["waits that shrink are jittered", [4_000, 2_000, 1_000], "jittered"],
] as const)
	test(name, () => assert.is(classifyWaits(waits), pattern));

test("two waits have no pattern", () => {
	assert.throws(() => classifyWaits([1_000, 2_000]), /2 waits have no pattern/);
});

test("jitter passes, exponential growth gets a warning, linear and constant waits fail", () => {
	const verdicts = [
		[650, 1_260, 3_020, 200],
		[500, 1_000, 2_000, 4_000],
		[1_000, 2_000, 3_000, 4_000],
		[1_000, 1_000, 1_000, 1_000],
	].map(waits => judgeWaits(waits).verdict);
	assert.equal(verdicts, ["PASS", "PASS_WITH_WARNINGS", "FAIL", "FAIL"]);
});

test("waits below doubling bounds that use them are distinguished from those that exceed or never use them", () => {
	const bounds = { base: 1_000, cap: 8_000, slack: 100 };
	assert.is(isBelowDoublingBounds([900, 1_900, 3_000, 7_000, 8_050], bounds), true);
	assert.is(isBelowDoublingBounds([900, 2_200, 3_000], bounds), false);
	assert.is(isBelowDoublingBounds([900, 100, 500, 700, 8_200], bounds), false);
	assert.is(isBelowDoublingBounds([900, 100, 500, 700, 1_000], bounds), false);
});

test.run();
