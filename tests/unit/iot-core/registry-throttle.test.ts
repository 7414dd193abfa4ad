// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";

import { Throttle } from "../../../tools/iot-core/control/throttle.js";

/** How many calls pass, asked for once a millisecond. */
function passing(operation: string, timeScale: number, milliseconds: number): number {
	let now = 0,
		passed = 0;
	const throttle = new Throttle(timeScale, () => now);
	for (; now < milliseconds; now++)
		try {
			throttle.take(operation);
			passed++;
		} catch (error) {
			assert.is((error as Error).name, "ThrottlingException");
		}
	return passed;
}

test("ten registrations a second pass, and a second's worth at the beginning", () => {
	assert.is(passing("RegisterCertificateWithoutCA", 1, 10_000), 109);
});

test("fifteen attachments a second pass", () => {
	assert.ok(Math.abs(passing("AttachPolicy", 1, 10_000) - 164) <= 1);
});

test("in a time that is twenty times as fast, twenty times as many pass", () => {
	assert.ok(Math.abs(passing("RegisterCertificateWithoutCA", 20, 1_000) - 209) <= 1);
});

test("an operation's calls do not count for another", () => {
	const throttle = new Throttle(1, () => 0);
	for (let call = 0; call < 10; call++) throttle.take("CreatePolicy");
	assert.throws(
		() => throttle.take("CreatePolicy"),
		(error: Error) => error.name === "ThrottlingException",
	);
	throttle.take("UpdateCertificate");
});

test.run();
