// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { appletAid, commands, decodeResponse, encodeCommand } from "../../../se050/apdu.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex").toUpperCase();
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

test("SELECT is the one recorded from an SE050C", () => {
	assert.is(hex(encodeCommand(commands.select, appletAid)), "00A4040010A000000396545300000001030000000000");
});

test("a command with a short response and none asked for has no Le, as NXP sends it", () => {
	assert.is(hex(encodeCommand(commands.readSize, bytes("4104F0000101"))), "80020007064104F0000101");
});

test("a command with a long response has extended Lc and Le, as NXP sends it", () => {
	assert.is(
		hex(encodeCommand(commands.readObject, bytes("4104F0000101 430201D6"))),
		"80020000 00000A 4104F0000101430201D6 0000".replaceAll(" ", ""),
	);
});

test("GetRandom is the worked example", () => {
	assert.is(hex(encodeCommand(commands.getRandom, bytes("41020008"))), "80040049000004410200080000");
});

test("ECDSASign of SHA-256 over abc is the worked example", () => {
	const digest = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
	assert.is(
		hex(encodeCommand(commands.ecdsaSign, bytes(`4104F0000100 420121 4320 ${digest}`))),
		`80030C092B4104F00001004201214320${digest}`,
	);
});

test("data of 254 bytes still has a short Lc, 255 an extended one", () => {
	assert.is(hex(encodeCommand(commands.ecdsaSign, new Uint8Array(254)).subarray(0, 5)), "80030C09FE");
	assert.is(hex(encodeCommand(commands.ecdsaSign, new Uint8Array(255)).subarray(0, 7)), "80030C090000FF");
	assert.is(encodeCommand(commands.ecdsaSign, new Uint8Array(255)).length, 7 + 255);
});

test("a command without data is its header and Le", () => {
	assert.is(hex(encodeCommand(commands.readEcCurveList, new Uint8Array())), "80020B2500");
});

test("a command with more data than Lc can say is refused", () => {
	assert.throws(() => encodeCommand(commands.readSize, new Uint8Array(0x10000)), RangeError);
});

test("a response is its data and its status word", () => {
	const { data, sw } = decodeResponse(bytes("410201D6 9000"));
	assert.is(hex(data), "410201D6");
	assert.is(sw, 0x9000);
});

test("a status word alone is a response without data", () => {
	const { data, sw } = decodeResponse(bytes("6985"));
	assert.is(data.length, 0);
	assert.is(sw, 0x6985);
});

test("a response that is too short for a status word is refused", () => {
	assert.throws(() => decodeResponse(bytes("90")), RangeError);
	assert.throws(() => decodeResponse(new Uint8Array()), RangeError);
});

test.run();
