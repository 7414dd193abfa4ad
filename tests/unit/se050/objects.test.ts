// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keyPair, keyPairs } from "../../../se050/objects.js";

test("a key's id gives the id of its certificate", () => {
	assert.equal(keyPair(0xf0000100), {
		name: "cloud connectivity 0",
		key: 0xf0000100,
		certificate: 0xf0000101,
		type: "P-256",
	});
	assert.is(keyPair(0xf0000000).certificate, 0xf0000001);
	assert.is(keyPair(0xf0000012).certificate, 0xf0000013);
});

test("the text of a setting is hexadecimal digits, with or without 0x", () => {
	assert.is(keyPair("F0000110").type, "RSA-2048");
	assert.is(keyPair("0xf0000122").certificate, 0xf0000123);
});

test("two ids name objects of one's own", () => {
	assert.equal(keyPair("10000001, 0x10000002"), {
		name: "own",
		key: 0x10000001,
		certificate: 0x10000002,
		type: "unknown",
	});
});

test("each certificate of the factory has the id after its key's", () => {
	for (const { key, certificate } of keyPairs) assert.is(certificate, key + 1);
});

test("what is no key pair is refused with those that are", () => {
	for (const wrong of ["", "10000001", "F0000101", "F0000100,", "F0000100,1,2", "F0000100,x", "cloud", "F00001000"])
		assert.throws(() => keyPair(wrong), /is not a key pair of the factory: use one of 0xF0000100 \(P-256\)/);
	assert.throws(() => keyPair(0x12345678), /0x12345678 is not a key pair/);
});

test.run();
