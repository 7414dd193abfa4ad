// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { summarize } from "../../../tools/bench/statistics.js";

test("the median of an odd number of samples is the middle one by value, not by place or digits", () => {
	assert.equal(summarize([100, 9, 20]), { median: 20, least: 9, most: 100 });
	assert.equal(summarize([7]), { median: 7, least: 7, most: 7 });
});

test("the median of an even number of samples is the mean of the two in the middle", () => {
	assert.equal(summarize([10, 1, 4, 2]), { median: 3, least: 1, most: 10 });
});

test("no sample has no median", () => {
	assert.throws(() => summarize([]), RangeError);
});

test.run();
