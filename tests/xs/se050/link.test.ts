// SPDX-License-Identifier: MIT
/** The native class Link without a chip: what it takes, and how it says what is wrong. */

import Link from "se050/link";
import { LinkError } from "se050/link-error";
import { test } from "uvu";
import * as assert from "uvu/assert";

function failure(action: () => unknown): LinkError {
	try {
		action();
	} catch (error) {
		assert.instance(error, LinkError);
		return error as LinkError;
	}
	throw new Error("nothing was thrown");
}

test("a bus that is not there is reported with step, cause, remedy and code", () => {
	const { code, step, message } = failure(() => new Link({ bus: "sim:/none/at/all" }));
	assert.is(code, "BUS_NOT_OPENED");
	assert.is(step, "opening the SE050's bus");
	assert.match(message, /sim:\/none\/at\/all: .*there is no such socket; start the simulator first/);
});

test("a device that is not an I2C adapter is reported", () => {
	assert.match(failure(() => new Link({ bus: "/dev/null" })).message, /\/dev\/null cannot send plain I2C messages/);
	assert.match(failure(() => new Link({ bus: "/dev/i2c-none" })).message, /there is no such adapter/);
});

test("a name that is not a bus is reported", () => {
	assert.match(failure(() => new Link({ bus: "spi" })).message, /"spi" is not a bus/);
});

test("a name that is longer than every buffer is reported, cut", () => {
	const { message } = failure(() => new Link({ bus: `sim:/${"x".repeat(5000)}` }));
	assert.ok(message.length > 100 && message.length < 500);
});

test("an address or a clock that no bus has is refused before anything is opened", () => {
	for (const address of [0, 7, 0x78, 0x90, 72.5])
		assert.throws(() => new Link({ bus: "sim:/none", address }), RangeError);
	for (const hz of [0, -1, 1_000_001, 3_400_000, 1.5])
		assert.throws(() => new Link({ bus: "sim:/none", hz }), RangeError);
});

test.run();
