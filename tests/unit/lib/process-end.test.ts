// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { systemErrorSentence } from "../../../tools/lib/process-end.mjs";

function errorOf(action: () => void): unknown {
	try {
		action();
	} catch (error) {
		return error;
	}
	throw new Error("nothing was thrown");
}

test("a full disk is one sentence with what to do, and no advice about permissions", () => {
	const sentence = systemErrorSentence(errorOf(() => writeFileSync("/dev/full", "x"))) ?? "";
	assert.match(sentence, /the disk is full\. Free some space.*\(ENOSPC\)\.$/);
	assert.not.match(sentence, /permission/);
});

test("a read-only file system names the file", () => {
	const error = Object.assign(new Error(), { code: "EROFS", syscall: "mkdir", path: "/checkout/build" });
	assert.match(systemErrorSentence(error) ?? "", /^\/checkout\/build cannot be used: the file system is read-only\. /);
});

test("an error of the program itself has no such sentence", () => {
	for (const error of [new Error("no"), Object.assign(new Error(), { code: "EACCES" }), undefined, "EROFS"])
		assert.is(systemErrorSentence(error), undefined);
});

test.run();
