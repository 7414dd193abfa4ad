// SPDX-License-Identifier: MIT
import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { concatenate } from "../../../../se050/bytes.js";
import { decodeAttestation, signedMessage, type Transcript } from "../../../../se050/management/attestation.js";
import { unproven } from "../../../../se050/management/attestation-proof.js";
import { decodeAttributes } from "../../../../se050/management/attributes.js";
import { encodeTlv, TlvError } from "../../../../se050/tlv.js";
import { bytes, hex } from "../chip.js";

const sha256 = (data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest());
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

const freshness = "000102030405060708090A0B0C0D0E0F";
const command = bytes(`80220000000021 410410000001 4504F0000012 460121 4710${freshness}`);
const point = `04${"AB".repeat(64)}`;
const chipId = "0400500194B58D02EAB29B046AA26A701B90";
const timestamp = "000000010000000000000123";
const attributes3 = "10000001 01 01 0000 00000000 0000 08 00000000 10200000 02";
const attributes7 = "10000001 29 01 0000 00000000 0000 08 00000000 10200000 08 7DA00001 00040000 02 00000001";

/** A TLV with a length of three bytes, as the applet likes it. */
const long = (tag: string, value: string) =>
	`${tag}82${(value.replaceAll(" ", "").length / 2).toString(16).padStart(4, "0")}${value}`;

function transcript3(attributes = attributes3, value: string | null = point): Transcript {
	const values = [value ?? "", attributes, timestamp, freshness, chipId].join("");
	const signature = hex(sign("sha256", bytes(values), privateKey));
	const response = [
		value === null ? "" : long("41", value),
		long("42", attributes),
		long("43", timestamp),
		long("44", freshness),
		long("45", chipId),
		long("46", signature),
	];
	return { command, response: bytes(response.join("")) };
}

function transcript7(): Transcript {
	const tlvs = bytes(
		[long("41", point), long("42", chipId), long("43", attributes7), long("44", "0020"), long("4F", timestamp)].join(
			"",
		),
	);
	const signature = new Uint8Array(sign("sha256", concatenate(sha256(command), tlvs), privateKey));
	return { command, response: concatenate(tlvs, encodeTlv(0x52, signature)) };
}

const isRight = (transcript: Transcript) => {
	const attestation = decodeAttestation(transcript);
	return verify("sha256", signedMessage(attestation, sha256), publicKey, attestation.signature);
};

for (const [form, transcript] of [
	["3.x", transcript3()],
	["7.x", transcript7()],
] as const) {
	test(`applet ${form}: all fields are found, and the signature is over the right bytes`, () => {
		const attestation = decodeAttestation(transcript);
		assert.is(attestation.form, form);
		assert.is(hex(attestation.value!), point);
		assert.is(hex(attestation.chipId), chipId);
		assert.is(hex(attestation.timestamp), timestamp);
		assert.is(hex(attestation.freshness), freshness);
		assert.is(attestation.attributes.origin, "internal");
		assert.ok(isRight(transcript));
	});

	test(`applet ${form}: no byte of the response in front of the signature can be changed`, () => {
		const end = transcript.response.length - decodeAttestation(transcript).signature.length - 4;
		for (let index = 0; index < end; index++) {
			const response = transcript.response.slice();
			response[index] = response[index]! ^ 0x01;
			assert.not(accepted({ ...transcript, response }), `byte ${index}`);
		}
	});
}

/** Lengths are not signed by applet 3.x; a change there gives another structure, or an error. */
function accepted(transcript: Transcript): boolean {
	try {
		return isRight(transcript);
	} catch (error) {
		assert.ok(error instanceof TlvError, String(error));
		return false;
	}
}

test("applet 7.x: another command does not go with the signature", () => {
	const { command: asked, response } = transcript7();
	const other = asked.slice();
	other[other.length - 1] = 0;
	assert.not(isRight({ command: other, response }));
	assert.ok(isRight(transcript7()));
});

test("applet 3.x: an answer to another freshness is refused", () => {
	const { command: asked, response } = transcript3();
	const other = asked.slice();
	other[other.length - 1] = 0;
	assert.throws(() => decodeAttestation({ command: other, response }), /freshness is not the command's/);
});

test("an object that may not be read is attested without its value", () => {
	const transcript = transcript3(attributes3, null);
	assert.is(decodeAttestation(transcript).value, undefined);
	assert.is(decodeAttestation(transcript).attributes.id, 0x10000001);
	assert.ok(isRight(transcript));
});

test("attributes tell type, policy, origin and, on 7.x, the version", () => {
	assert.equal(decodeAttributes(bytes(attributes7)), {
		id: 0x10000001,
		type: 0x29,
		authentication: false,
		owner: 0,
		origin: "internal",
		version: 1,
		policy: [
			{ user: 0, rights: 0x10200000 },
			{ user: 0x7da00001, rights: 0x00040000 },
		],
	});
	assert.is("version" in decodeAttributes(bytes(attributes3)), false);
	assert.is(decodeAttributes(bytes(`${attributes3} 07`)).version, 7);
	assert.is(decodeAttributes(bytes("F0000100 01 02 0003 7DA00001 000A 03")).origin, "provisioned");
	assert.is(decodeAttributes(bytes("F0000100 01 02 0003 7DA00001 000A 03")).authentication, true);
});

test("attributes that are cut off, or of another form, are refused", () => {
	const whole = bytes(attributes7);
	for (let length = 0; length < whole.length; length++) {
		const known = [whole.length - 4, whole.length - 3];
		if (!known.includes(length))
			assert.throws(
				() => decodeAttributes(whole.subarray(0, length)),
				(error: unknown) => error instanceof TlvError,
				`${length} bytes`,
			);
	}
	for (const wrong of ["10000001 01 01 0000 00000000 0000 04", "10000001 01 01 0000 00000000 0000 02 0000"])
		assert.throws(
			() => decodeAttributes(bytes(wrong)),
			(error: unknown) => error instanceof TlvError,
		);
});

/** Whatever has 65 bytes, for what is not about curves. */
const isPoint = (value: Uint8Array) => value.length === 65;

test("what applet 3.x does not prove is said, and 7.x proves it", () => {
	const said = (transcript: Transcript) => unproven(decodeAttestation(transcript), isPoint).join();
	const external = attributes3.replace(/02$/, "01");
	assert.match(said(transcript3(external)), /more than 59 bytes/);
	assert.is(said(transcript3(external, "AA")), "Its value is not a point of P-256, P-384 or P-521");
	assert.match(said(transcript3(attributes3.replace(" 01 01 ", " 05 01 "))), /RSA key pair \(CRT\) was made/);
	assert.match(said(transcript3(attributes3.replace(/02$/, "00"))), /where the object came from/);
	assert.is(said(transcript3()), "");
	assert.is(said(transcript7()), "");
});

test.run();
