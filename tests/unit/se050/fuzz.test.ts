// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fuzzParsers } from "../../../tools/fuzz/parsers.js";

test("the parsers take 200,000 byte strings, or refuse them by their own errors", () => {
	const { accepted, refused } = fuzzParsers(200_000, 7);
	assert.is(accepted + refused, 200_000);
	assert.ok(accepted > 10_000 && refused > 10_000, `${accepted} accepted, ${refused} refused`);
});

test.run();
