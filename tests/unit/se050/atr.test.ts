// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { maximumClock } from "../../../se050/atr.js";
import { bytes } from "./chip.js";

const se050c = "00A00000039604 03E800FE020B 03E80801000000 0064 0000 0A4A434F5034204154504F";

test("the ATR of an SE050C allows 1 MHz", () => {
	assert.is(maximumClock(bytes(se050c)), 1_000_000);
});

test("a slower chip says so", () => {
	assert.is(maximumClock(bytes(se050c.replace("020B 03E8", "020B 0064"))), 100_000);
});

test("an ATR without a clock, of another layer or cut off says nothing", () => {
	assert.is(maximumClock(bytes(se050c.replace("020B 03E8", "020B 0000"))), undefined);
	assert.is(maximumClock(bytes(se050c.replace("020B", "010B"))), undefined);
	for (let length = 0; length < 15; length++)
		assert.is(maximumClock(bytes(se050c).subarray(0, length)), undefined, String(length));
});

test.run();
