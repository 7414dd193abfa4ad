// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ecdsa } from "../../../se050/algorithms.js";
import { DerError } from "../../../se050/der.js";
import { SE050 } from "../../../se050/se050.js";
import { TlvError } from "../../../se050/tlv.js";
import { bytes, hex, ScriptedChip, selectCommand, selectResponse, sequenceOf, tlvResponse } from "./chip.js";

const uidCommand = "80020000 06 41047FFF0206 00";
const certificateCommand = "80020000 000006 4104F0000101 0000";
const sizeCommand = "80020007 06 4104F0000101";
const digest = bytes("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
const signCommand = `80030C09 2B 4104F0000100 420121 4320 ${hex(digest)}`;
const signature = bytes("3006 020101 020102");

test("select resets the link and returns the applet's version and the variant", () => {
	const chip = new ScriptedChip([selectCommand, selectResponse]);
	const version = new SE050(chip).select();
	assert.equal(version, { major: 3, minor: 1, patch: 1, config: 0x6fff, secureBox: 0x010b, variant: "SE050A/B/C" });
	assert.is(chip.resets, 1);
});

test("the variants are known by their published versions", () => {
	const variants = {
		"0301016FFF010B9000": "SE050A/B/C",
		"03060061D2FFFF9000": "SE050F",
		"0702003F9FFFFF9000": "SE050E",
		"0702003FFFFFFF9000": "SE051",
		"07021626F2FFFF9000": "SE052F",
	};
	for (const [response, variant] of Object.entries(variants))
		assert.is(new SE050(new ScriptedChip([selectCommand, response])).select().variant, variant);
});

test("a version of another length is refused", () => {
	const chip = new ScriptedChip([selectCommand, "0301019000"]);
	assert.throws(() => new SE050(chip).select(), /3 bytes instead of 7/);
});

test("the UID is read with one short command", () => {
	const chip = new ScriptedChip([uidCommand, "41820012 0400500194B58D02EAB29B046AA26A701B90 9000"]);
	assert.is(hex(new SE050(chip).uid()), "0400500194B58D02EAB29B046AA26A701B90");
});

test("the UID is also read from a short TLV", () => {
	const chip = new ScriptedChip([uidCommand, "4112 0400500194B58D02EAB29B046AA26A701B90 9000"]);
	assert.is(new SE050(chip).uid().length, 18);
});

test("a UID of another length is refused", () => {
	const chip = new ScriptedChip([uidCommand, "4102 0400 9000"]);
	assert.throws(
		() => new SE050(chip).uid(),
		(error: unknown) => error instanceof TlvError,
	);
});

test("exists says yes for 1, no for 2, and refuses anything else", () => {
	const command = "80040027 06 4104F0000101";
	assert.is(new SE050(new ScriptedChip([command, "4101019000"])).exists(0xf0000101), true);
	assert.is(new SE050(new ScriptedChip([command, "4101029000"])).exists(0xf0000101), false);
	assert.throws(() => new SE050(new ScriptedChip([command, "4101039000"])).exists(0xf0000101), /result 3/);
});

test("the size of a file is big-endian", () => {
	assert.is(new SE050(new ScriptedChip([sizeCommand, "410201D69000"])).size(0xf0000101), 470);
});

test("an object that fits into one response costs one command", () => {
	const file = sequenceOf(880);
	const chip = new ScriptedChip([certificateCommand, tlvResponse(file)]);
	assert.equal(new SE050(chip).read(0xf0000101), file);
	assert.is(chip.left, 0);
});

test("a longer object is read in as few parts as the part's buffer allows, on applet 3.1", () => {
	const file = sequenceOf(2000);
	const chip = new ScriptedChip(
		[selectCommand, selectResponse],
		[certificateCommand, "6985"],
		["80020000 00000A 4104F0000101 430202F4 0000", tlvResponse(file.subarray(0, 756))],
		["80020000 00000A 4104F0000101 420202F4 0000", "6985"],
		[sizeCommand, "410207D09000"],
		["80020000 00000E 4104F0000101 420202F4 43020370 0000", tlvResponse(file.subarray(756, 1636))],
		["80020000 00000E 4104F0000101 42020664 4302016C 0000", tlvResponse(file.subarray(1636))],
	);
	const se050 = new SE050(chip);
	se050.select();
	assert.equal(se050.read(0xf0000101), file);
	assert.is(chip.left, 0);
});

test("an object that two responses carry costs three commands, and no look at its size", () => {
	for (const length of [881, 1000, 1636]) {
		const file = sequenceOf(length);
		const chip = new ScriptedChip(
			[selectCommand, selectResponse],
			[certificateCommand, "6985"],
			["80020000 00000A 4104F0000101 430202F4 0000", tlvResponse(file.subarray(0, 756))],
			["80020000 00000A 4104F0000101 420202F4 0000", tlvResponse(file.subarray(756))],
		);
		const se050 = new SE050(chip);
		se050.select();
		assert.equal(se050.certificate(), file);
		assert.is(chip.left, 0);
	}
});

test("over SCP03 a part is what the padded response leaves room for", () => {
	for (const [select, length, first] of [
		[selectResponse, "036B", "02EB"],
		["0702003F9FFFFF9000", "03EB", "03DB"],
	] as const) {
		const most = Number.parseInt(length, 16),
			part = Number.parseInt(first, 16);
		const file = sequenceOf(part + most);
		const chip = new ScriptedChip(
			[selectCommand, select],
			[certificateCommand, "6985"],
			[`80020000 00000A 4104F0000101 4302${first} 0000`, tlvResponse(file.subarray(0, part))],
			[`80020000 00000A 4104F0000101 4202${first} 0000`, tlvResponse(file.subarray(part))],
			[`80040049 000004 4102${length} 0000`, tlvResponse(new Uint8Array(most))],
		);
		const keys = { enc: "11".repeat(16), mac: "22".repeat(16) };
		const se050 = new SE050(
			{ transceive: apdu => chip.transceive(apdu), reset: () => chip.reset(), secure: () => {} },
			{ scp03: keys },
		);
		se050.select();
		assert.equal(se050.read(0xf0000101), file);
		assert.is(se050.random(most).length, most);
		assert.is(chip.left, 0);
	}
});

test("applet 7.2 sends more in one part", () => {
	const file = sequenceOf(1100);
	const chip = new ScriptedChip(
		[selectCommand, "0702003F9FFFFF9000"],
		[certificateCommand, "6985"],
		["80020000 00000A 4104F0000101 430203F2 0000", tlvResponse(file.subarray(0, 1010))],
		["80020000 00000A 4104F0000101 420203F2 0000", tlvResponse(file.subarray(1010))],
	);
	const se050 = new SE050(chip);
	se050.select();
	assert.equal(se050.read(0xf0000101), file);
});

test("a part of another length than asked for is refused", () => {
	const chip = new ScriptedChip(
		[selectCommand, selectResponse],
		[certificateCommand, "6985"],
		["80020000 00000A 4104F0000101 430202F4 0000", tlvResponse(new Uint8Array(755))],
	);
	const se050 = new SE050(chip);
	se050.select();
	assert.throws(() => se050.read(0xf0000101), /755 bytes instead of 756/);
});

test("a certificate loses its file's padding, all of it", () => {
	const der = sequenceOf(464);
	for (const padding of [0, 1, 6, 300]) {
		const file = new Uint8Array(der.length + padding);
		file.set(der);
		const chip = new ScriptedChip([certificateCommand, tlvResponse(file)]);
		assert.equal(new SE050(chip).certificate(), der);
	}
});

test("a chain is given whole, the certificate alone is its first one", () => {
	const [leaf, issuer] = [sequenceOf(300), sequenceOf(301)];
	const content = tlvResponse(Uint8Array.from([...leaf, ...issuer, 0, 0]));
	assert.equal(
		new SE050(new ScriptedChip([certificateCommand, content])).chain(),
		Uint8Array.from([...leaf, ...issuer]),
	);
	assert.equal(new SE050(new ScriptedChip([certificateCommand, content])).certificate(), leaf);
});

test("a certificate that ends in zeros keeps them", () => {
	const der = sequenceOf(464).fill(0, 450);
	const chip = new ScriptedChip([certificateCommand, tlvResponse(der)]);
	assert.equal(new SE050(chip).certificate(), der);
});

test("a file that holds no certificate, or the beginning of one, is refused by name and reason", () => {
	const refusals: [file: Uint8Array, reason: RegExp][] = [
		[
			new Uint8Array(464),
			/0xF0000101 \(464 bytes\) holds no certificate: it holds only zeros: .* Write the certificate of the key/,
		],
		[sequenceOf(464).subarray(0, 463), /DER cut off: the SEQUENCE has 464 bytes, but only 463 are there/],
		[new Uint8Array(), /it is empty/],
	];
	for (const [file, reason] of refusals)
		assert.throws(
			() => new SE050(new ScriptedChip([certificateCommand, tlvResponse(file)])).certificate(),
			(error: unknown) => error instanceof DerError && reason.test(error.message),
		);
});

test("a signature is one command, the worked example, and comes back as DER", () => {
	const chip = new ScriptedChip([signCommand, tlvResponse(signature)]);
	assert.equal(new SE050(chip).sign(0xf0000100, ecdsa["SHA-256"].id, digest), signature);
});

test("a key signs with the hash that TLS names", () => {
	const chip = new ScriptedChip([signCommand, tlvResponse(signature)]);
	assert.equal(new SE050(chip).key().sign("SHA-256", digest), signature);
});

test("each hash has its algorithm and its digest's length", () => {
	const expected = {
		"SHA-1": ["11", 20],
		"SHA-224": ["25", 28],
		"SHA-256": ["21", 32],
		"SHA-384": ["22", 48],
		"SHA-512": ["26", 64],
	} as const;
	for (const [name, [algorithm, length]] of Object.entries(expected)) {
		const data = `4104F0000102 4201${algorithm} 43${length.toString(16).padStart(2, "0")}${"00".repeat(length)}`;
		const lc = (6 + 3 + 2 + length).toString(16);
		const chip = new ScriptedChip([`80030C09${lc}${data}`.toUpperCase(), tlvResponse(signature)]);
		assert.equal(new SE050(chip).key(0xf0000102).sign(name, new Uint8Array(length)), signature);
	}
});

test("a digest of a wrong length, an unknown hash or algorithm never reach the chip", () => {
	const chip = new ScriptedChip();
	const se050 = new SE050(chip);
	assert.throws(() => se050.sign(0xf0000100, 0x21, new Uint8Array(31)), /32 bytes, not 31/);
	assert.throws(() => se050.sign(0xf0000100, 0x09, new Uint8Array(32)), RangeError);
	assert.throws(() => se050.key().sign("MD5", new Uint8Array(16)), /use one of SHA-1, SHA-224, SHA-256/);
	assert.is(chip.commands.length, 0);
});

test("a signature that is cut off is refused", () => {
	const chip = new ScriptedChip([signCommand, tlvResponse(signature.subarray(0, 5))]);
	assert.throws(
		() => new SE050(chip).sign(0xf0000100, 0x21, digest),
		(error: unknown) => error instanceof DerError,
	);
});

test("random bytes come in one command as far as one response carries them", () => {
	const chip = new ScriptedChip(
		[selectCommand, selectResponse],
		["80040049 000004 41020370 0000", tlvResponse(new Uint8Array(880).fill(1))],
		["80040049 000004 41020014 0000", tlvResponse(new Uint8Array(20).fill(2))],
	);
	const random = new SE050(chip).random(900);
	assert.equal(
		random,
		Uint8Array.from({ length: 900 }, (_, index) => (index < 880 ? 1 : 2)),
	);
	assert.is(chip.left, 0);
});

test("no random bytes cost no command of their own, and what is no length is refused", () => {
	const chip = new ScriptedChip([selectCommand, selectResponse]);
	const se050 = new SE050(chip);
	se050.select();
	assert.is(se050.random(0).length, 0);
	assert.throws(() => se050.random(-1), RangeError);
	assert.throws(() => se050.random(1.5), RangeError);
	assert.is(chip.commands.length, 1);
});

test("fewer random bytes than asked for are refused", () => {
	const chip = new ScriptedChip(
		[selectCommand, selectResponse],
		["80040049 000004 41020008 0000", "4107 01020304050607 9000"],
	);
	assert.throws(() => new SE050(chip).random(8), /7 bytes instead of 8/);
});

test("an id that has no 32 bits is refused", () => {
	const se050 = new SE050(new ScriptedChip());
	for (const id of [-1, 0x100000000, 0.5, Number.NaN]) assert.throws(() => se050.exists(id), RangeError);
});

test("a cold start reads UID and certificate and signs with four commands", () => {
	const chip = new ScriptedChip(
		[selectCommand, selectResponse],
		[uidCommand, "4112 0400500194B58D02EAB29B046AA26A701B90 9000"],
		[certificateCommand, tlvResponse(sequenceOf(800))],
		[signCommand, tlvResponse(signature)],
	);
	const se050 = new SE050(chip);
	se050.select();
	se050.uid();
	se050.certificate();
	se050.key().sign("SHA-256", digest);
	assert.is(chip.commands.length, 4);
	assert.is(chip.resets, 1);
});

test.run();
