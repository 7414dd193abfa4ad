// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { trimDer } from "../../../tools/lib/der.js";
import { parseCommand } from "../../../tools/se050-sim/card/apdu.js";
import { StatusWordError, sw } from "../../../tools/se050-sim/card/status.js";
import { byteStringTlv, parseTlvs, tlv } from "../../../tools/se050-sim/card/tlv.js";
import { bytes } from "./host.js";

const throwsStatus = (action: () => unknown, status: number): void =>
	assert.throws(action, (error: unknown) => error instanceof StatusWordError && error.status === status);

/** Data, Le and form of a command APDU's body. */
const bodies: [string, string, string, number | undefined, boolean][] = [
	["no body", "", "", undefined, false],
	["a short Le", "00", "", 0, false],
	["a short Le that is not 0", "0B", "", 11, false],
	["NXP's Le of a command without data", "0000", "", 0, false],
	["an extended Le", "000000", "", 0, true],
	["short data", "02 AABB", "aabb", undefined, false],
	["short data and Le", "02 AABB 00", "aabb", 0, false],
	["extended data", "000002 AABB", "aabb", undefined, true],
	["extended data and Le", "000002 AABB 0370", "aabb", 0x370, true],
];
for (const [what, body, data, le, extended] of bodies)
	test(`a command APDU may have ${what}`, () => {
		const command = parseCommand(bytes(`80040020${body}`));
		assert.is(Buffer.from(command.data).toString("hex"), data);
		assert.is(command.le, le);
		assert.is(command.extended, extended);
	});

for (const [what, apdu] of [
	["no whole header", "800400"],
	["less data than Lc says", "80040020 03 AABB"],
	["more data than Lc and Le say", "80040020 02 AABBCCDD"],
	["less data than an extended Lc says", "80040020 000005 AABB"],
	["half of an extended Le", "80040020 000002 AABB 00"],
	["an extended Lc of 0", "80040020 000000 AA"],
] as const)
	test(`a command APDU with ${what} is answered 6700`, () => {
		throwsStatus(() => parseCommand(bytes(apdu)), sw.wrongLength);
	});

test("TLVs are read with lengths of one, two and three bytes", () => {
	const tlvs = parseTlvs(bytes("41 01 AA 42 81 01 BB 43 82 0001 CC"));
	assert.equal(
		[...tlvs.entries()].map(([tag, value]) => [tag, value[0]]),
		[
			[0x41, 0xaa],
			[0x42, 0xbb],
			[0x43, 0xcc],
		],
	);
});

for (const [what, data] of [
	["a tag alone", "41"],
	["a length that is not there", "41 81"],
	["less value than the length says", "41 02 AA"],
	["an indefinite length", "41 80 AA 0000"],
	["a length of three bytes", "41 83 000001 AA"],
	["a tag twice", "41 01 AA 41 01 AA"],
] as const)
	test(`TLVs with ${what} are answered 6A80`, () => {
		throwsStatus(() => parseTlvs(bytes(data)), sw.wrongData);
	});

test("a TLV is written with the shortest length", () => {
	assert.equal(tlv(0x41, new Uint8Array(0x7f)).slice(0, 2), Uint8Array.of(0x41, 0x7f));
	assert.equal(tlv(0x41, new Uint8Array(0x80)).slice(0, 3), Uint8Array.of(0x41, 0x81, 0x80));
	assert.equal(tlv(0x41, new Uint8Array(0x100)).slice(0, 4), Uint8Array.of(0x41, 0x82, 0x01, 0x00));
});

test("a byte string is written in either form", () => {
	assert.equal(byteStringTlv(0x41, Uint8Array.of(1), "long"), Uint8Array.of(0x41, 0x82, 0, 1, 1));
	assert.equal(byteStringTlv(0x41, Uint8Array.of(1), "short"), Uint8Array.of(0x41, 1, 1));
});

test("a DER element is cut out of its padding", () => {
	for (const der of ["3002AABB", "308102AABB", "30820002AABB"])
		assert.is(
			Buffer.from(trimDer(bytes(`${der}0000`))!)
				.toString("hex")
				.toUpperCase(),
			der,
		);
});

test("what is no whole SEQUENCE is no DER element", () => {
	for (const file of ["", "30", "31 00", "30 05 AABB", "30 82", "30 83 000001 AA"])
		assert.is(trimDer(bytes(file)), undefined);
});

test.run();
