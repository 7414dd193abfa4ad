// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LinkError, type LinkErrorCode, resultCode } from "../../../se050/link-error.js";

test("the codes are those of t1.h, in its order", () => {
	const header = readFileSync("se050/native/t1.h", "utf8");
	const body = /typedef enum \{([^}]*)\} t1_result;/.exec(header)?.[1] ?? "";
	const names = [...body.matchAll(/\bT1_([A-Z_]+),?\s*(?:\/\*|$)/gm)].map(([, name]) => name);
	assert.ok(names.length > 8);
	assert.equal(
		names.map((_, index) => resultCode(index)),
		names,
	);
});

test("after them come those of scp03.h, in its order", () => {
	const body = /enum \{([^}]*)\};/.exec(readFileSync("se050/native/scp03.h", "utf8"))?.[1] ?? "";
	const names = [...body.matchAll(/\bSCP03_([A-Z_]+)(?: = T1_BAD_COMMAND \+ 1)?,?\s*(?:\/\*|$)/gm)].map(
		([, name]) => `SCP03_${name}`,
	);
	assert.is(names.length, 6);
	const first = Array.from({ length: 99 }, (_, index) => resultCode(index)).indexOf("BAD_COMMAND") + 1;
	assert.equal(
		names.map((_, index) => resultCode(first + index)),
		names,
	);
	assert.is(resultCode(first + names.length), "BAD_PROTOCOL");
});

test("a message has the step, the cause, the remedy and the code", () => {
	const { message } = new LinkError("resetting the SE050", "NO_CHIP");
	assert.match(message, /^resetting the SE050: nothing acknowledges the chip's address; check .*ENA.*\[NO_CHIP\]$/);
});

test("what the bus says takes the place of the general remedy", () => {
	const { message } = new LinkError(
		"opening the SE050's bus",
		"BUS_NOT_OPENED",
		"/dev/i2c-7: there is no such adapter",
	);
	assert.is(
		message,
		"opening the SE050's bus: the bus could not be opened: /dev/i2c-7: there is no such adapter [BUS_NOT_OPENED]",
	);
});

test("a number that t1.h does not have is reported as a broken protocol, not as undefined", () => {
	assert.is(resultCode(99), "BAD_PROTOCOL");
});

test("a command that failed may have been executed unless the link knows better", () => {
	assert.is(new LinkError("sending a command to the SE050", "NO_ANSWER").executed, "unknown");
	assert.is(new LinkError("sending a command to the SE050", "NO_ANSWER", undefined, "no").executed, "no");
});

test("what power, wires or time can bring back may be tried again later, what a setting causes may not", () => {
	const retryable = (code: LinkErrorCode) => new LinkError("resetting the SE050", code).retryable;
	for (const code of ["NO_CHIP", "NO_ANSWER", "BAD_PROTOCOL", "BAD_ATR", "BUS_ERROR", "TOO_SLOW"] as const)
		assert.ok(retryable(code), code);
	for (const code of ["BUS_NOT_OPENED", "CLOSED", "SCP03_WRONG_KEYS", "SCP03_REFUSED", "BAD_COMMAND"] as const)
		assert.not(retryable(code), code);
});

test("a step that sends no command has executed none", () => {
	assert.is(new LinkError("resetting the SE050", "NO_ANSWER").executed, "no");
	assert.is(new LinkError("opening the SE050's secure channel", "BAD_PROTOCOL").executed, "no");
});

test.run();
