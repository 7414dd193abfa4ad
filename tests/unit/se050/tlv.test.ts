// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeTlvs, encodeTlv, TlvError, valueOf } from "../../../se050/tlv.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

test("a length below 128 takes one byte, below 256 two, and three from there", () => {
	assert.is(hex(encodeTlv(0x41, new Uint8Array(0))), "4100");
	assert.is(hex(encodeTlv(0x41, new Uint8Array(0x7f)).subarray(0, 2)), "417f");
	assert.is(hex(encodeTlv(0x41, new Uint8Array(0x80)).subarray(0, 3)), "418180");
	assert.is(hex(encodeTlv(0x41, new Uint8Array(0xff)).subarray(0, 3)), "4181ff");
	assert.is(hex(encodeTlv(0x41, new Uint8Array(0x100)).subarray(0, 4)), "41820100");
	assert.is(hex(encodeTlv(0x41, new Uint8Array(0xffff)).subarray(0, 4)), "4182ffff");
});

test("a value that no length can say is refused", () => {
	assert.throws(() => encodeTlv(0x41, new Uint8Array(0x10000)), RangeError);
});

test("every form of a length is read, longer ones than needed too", () => {
	for (const text of ["41 02 AABB", "41 81 02 AABB", "41 82 00 02 AABB"])
		assert.is(hex(valueOf(decodeTlvs(bytes(text)), 0x41)), "aabb", text);
});

test("what is written is read back, at every length around the forms' limits", () => {
	for (const length of [0, 1, 127, 128, 129, 255, 256, 257, 880, 1018]) {
		const value = Uint8Array.from({ length }, (_, index) => index * 7);
		const [tlv, ...others] = decodeTlvs(encodeTlv(0x42, value));
		assert.is(others.length, 0);
		assert.is(tlv?.tag, 0x42);
		assert.equal(tlv?.value, value);
	}
});

test("several TLVs come in their order", () => {
	assert.equal(
		decodeTlvs(bytes("41 01 0B 42 01 01")).map(({ tag, value }) => [tag, ...value]),
		[
			[0x41, 0x0b],
			[0x42, 0x01],
		],
	);
});

test("no bytes are no TLVs", () => {
	assert.equal(decodeTlvs(new Uint8Array()), []);
});

test("a TLV that is cut off at any byte is refused", () => {
	const whole = bytes("41 82 00 11 00112233445566778899AABBCCDDEEFF00");
	for (let length = 1; length < whole.length; length++)
		assert.throws(
			() => decodeTlvs(whole.subarray(0, length)),
			(error: unknown) => error instanceof TlvError,
			`${length} bytes`,
		);
});

test("bytes after the last TLV are refused", () => {
	assert.throws(
		() => decodeTlvs(bytes("41 01 0B 00")),
		(error: unknown) => error instanceof TlvError,
	);
});

test("lengths that the applet does not have are refused", () => {
	for (const text of ["41 80", "41 83 00 00 01 AA", "41 84 00 00 00 01 AA", "41 FF"])
		assert.throws(
			() => decodeTlvs(bytes(text)),
			(error: unknown) => error instanceof TlvError,
			text,
		);
});

test("a tag that is missing or there twice is refused", () => {
	assert.throws(() => valueOf(decodeTlvs(bytes("42 01 01")), 0x41), /occurs 0 times/);
	assert.throws(() => valueOf(decodeTlvs(bytes("41 01 01 41 01 02")), 0x41), /occurs 2 times/);
});

test.run();
