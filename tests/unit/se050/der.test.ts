// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DerError, sequenceLength, trimSequence } from "../../../se050/der.js";
import { bytes } from "./chip.js";

test("the length of a SEQUENCE is read in each of its forms", () => {
	assert.is(sequenceLength(bytes("3000")), 2);
	assert.is(sequenceLength(bytes("307F")), 129);
	assert.is(sequenceLength(bytes("308180")), 131);
	assert.is(sequenceLength(bytes("308201CC")), 464);
	assert.is(sequenceLength(bytes("3083010000")), 65541);
});

test("forms that DER forbids, and such that no certificate needs, are refused", () => {
	for (const text of ["", "30", "31 00", "30 80", "30 81 7F", "30 82 00 FF", "30 82 01", "30 84 01 00 00 00", "30 FF"])
		assert.throws(
			() => sequenceLength(bytes(text)),
			(error: unknown) => error instanceof DerError,
			text,
		);
});

test("what follows the SEQUENCE is cut off, and nothing that belongs to it", () => {
	assert.equal(trimSequence(bytes("3003020100 0000")), bytes("3003020100"));
	assert.equal(trimSequence(bytes("3003020100")), bytes("3003020100"));
	assert.throws(() => trimSequence(bytes("30030201")), /5 bytes, but only 4 are there/);
});

test("a trimmed SEQUENCE is a copy that keeps no file alive", () => {
	assert.is(trimSequence(bytes("3003020100 0000")).buffer.byteLength, 5);
});

test.run();
