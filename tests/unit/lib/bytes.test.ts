// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { concat, fromHex, fromUnsigned, toHex, toUnsigned } from "../../../tools/lib/bytes.js";

test("an unsigned integer of one to six bytes stands there with its most significant byte first", () => {
	for (const [value, digits] of [
		[0, "00"],
		[0xff, "ff"],
		[0x0102, "0102"],
		[1, "00000001"],
		[0xffffffff, "ffffffff"],
		[0x80000000, "80000000"],
		[0xffffffffffff, "ffffffffffff"],
		[0x0123456789ab, "0123456789ab"],
	] as const) {
		assert.is(toHex(fromUnsigned(value, digits.length / 2)), digits);
		assert.is(toUnsigned(fromHex(digits)), value);
	}
});

test("what does not fit is refused, and is not cut off", () => {
	for (const [value, length] of [
		[0x100, 1],
		[0x10000, 2],
		[2 ** 48, 6],
		[-1, 4],
		[1.5, 4],
		[Number.NaN, 4],
		[1, 7],
		[0, 0],
	] as const)
		assert.throws(() => fromUnsigned(value, length), RangeError, `${value} in ${length} bytes`);
	for (const length of [0, 7]) assert.throws(() => toUnsigned(new Uint8Array(length)), RangeError);
});

test("concatenated bytes are a copy: a later change of a part does not reach them", () => {
	const part = Uint8Array.of(1, 2);
	const whole = concat(part, new Uint8Array(0), Buffer.from([3]));
	part[0] = 9;
	assert.equal(whole, Uint8Array.of(1, 2, 3));
	assert.equal(concat(), new Uint8Array(0));
});

test.run();
