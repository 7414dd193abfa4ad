// SPDX-License-Identifier: MIT
import { sign } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Transcript } from "../../../se050/management/attestation.js";
import { decodeTlvs } from "../../../se050/tlv.js";
import { type AttestationFile, parseAttestationFile } from "../../../tools/se050/attest.js";
import { type Expectation, verifyAttestation } from "../../../tools/se050/verify-attestation.js";
import { bytes, hex } from "../se050/chip.js";
import {
	attest3,
	attest7,
	attestationKey,
	authorities,
	cut3,
	file3,
	fileOf,
	freshness,
	genuine,
	internal3,
	internal7,
	issue,
	keyId,
	long,
	newKey,
	outsideKey,
	outsidePoint,
	pkcs8,
	pointOf,
	readCommand,
	timestamp,
	uid,
} from "./attester.js";
import { believe } from "./credulous.js";

const chipPoint = pointOf(newKey().publicKey);
const expectation: Expectation = { authorities, freshness: bytes(freshness) };

/** What the tool says of an attestation; a refusal to take it apart is a verdict too. */
async function judge(file: AttestationFile, expected = expectation): Promise<{ said: string; verified: boolean }> {
	try {
		const { lines, verified } = await verifyAttestation(file, expected);
		return { said: lines.join("\n"), verified };
	} catch (error) {
		return { said: (error as Error).message, verified: false };
	}
}

async function refused(file: AttestationFile, sentence: RegExp, expected = expectation): Promise<void> {
	const { said, verified } = await judge(file, expected);
	assert.not(verified, said);
	assert.match(said, sentence);
	assert.not.match(said, /Verified|BEGIN PUBLIC KEY/);
}

/** A forgery that a credulous verifier takes for a key that was made in the chip, and that is refused here. */
async function forged(file: AttestationFile, sentence: RegExp, origin = "internal"): Promise<void> {
	assert.is(believe(file, authorities)?.origin, origin, "this is not an attack: nobody would believe it");
	await refused(file, sentence);
}

const attestation = suite("verify-attestation");

for (const [form, transcript] of [
	["3.x", attest3(chipPoint, internal3)],
	["7.x", attest7(chipPoint, internal7)],
] as const)
	attestation(`${form}: a key that was made in the chip is verified, with its public key`, async () => {
		const { said, verified } = await judge(fileOf([transcript]));
		assert.ok(verified, said);
		assert.match(said, /^origin +internal/m);
		assert.match(said, /^Verified: signed by /m);
		assert.match(said, /BEGIN PUBLIC KEY/);
		assert.not.match(said, /Note:/);
	});

attestation("applet 3.6 has a zero after the origin", async () => {
	assert.ok((await judge(fileOf([attest3(chipPoint, `${internal3} 00`)]))).verified);
	await refused(fileOf([attest3(chipPoint, `${internal3} 01`)]), /does not prove attributes of this form/);
});

attestation("a small file from outside, and a key that may not be read, are verified as such", async () => {
	for (const transcript of [attest3("CAFE", file3), attest3(undefined, internal3), attest7(undefined, internal7)])
		assert.ok((await judge(fileOf([transcript]))).verified);
});

attestation("an RSA key on 7.x takes its modulus and then its exponent", async () => {
	const attributes = `${keyId} 04 01 0000 00000000 0000 02 00000000`;
	const modulus = attest7("C0".repeat(256), attributes, readCommand(keyId, "440100"));
	const exponent = attest7("010001", attributes, readCommand(keyId, "440101"));
	const { said, verified } = await judge(fileOf([modulus, exponent]));
	assert.ok(verified, said);
	for (const reads of [[modulus], [exponent], [exponent, modulus], [modulus, modulus], [modulus, exponent, exponent]])
		await refused(fileOf(reads), /not of one whole object/);
});

attestation("reads of two objects, or with two values of freshness, are not one attestation", async () => {
	const attributes = (id: string) => `${id} 04 01 0000 00000000 0000 02 00000000`;
	const modulus = attest7("C0".repeat(256), attributes(keyId), readCommand(keyId, "440100"));
	const other = attest7("010001", attributes("10000002"), readCommand("10000002", "440101"));
	await refused(fileOf([modulus, other]), /not of one whole object/);
});

attestation("without a certificate nothing is verified, with CAs or without", async () => {
	const key = pointOf(outsideKey.publicKey);
	const message = bytes(chipPoint + internal3 + timestamp + freshness + uid);
	const signature = hex(sign("sha256", message, outsideKey.privateKey));
	const selfMade = {
		...fileOf(
			[{ command: readCommand(), response: cut3(chipPoint, internal3, timestamp, freshness, uid, signature) }],
			"",
		),
		attestationKey: key,
	};
	await forged(selfMade, /no certificate of the attestation key/);
	await refused(selfMade, /no certificate of the attestation key/, {});
	await refused(fileOf([attest3(chipPoint, internal3)], ""), /no certificate of the attestation key/, {});
});

attestation("names in a certificate are shown without what a terminal acts on", async () => {
	const issuer = { name: "CN=x\u009b2J\u202eVerified", privateKey: pkcs8(outsideKey.privateKey) };
	const { said, verified } = await judge(fileOf([attest3(chipPoint, internal3)], await issue({ issuer })));
	assert.not(verified);
	assert.match(said, "its issuer is CN=x\\u009b2J\\u202eVerified,");
});

attestation("without CAs nothing is verified", () =>
	refused(fileOf([attest3(chipPoint, internal3)]), /give the manufacturer's root and attestation CA with --ca/, {}),
);

attestation("a wrong signature, and another freshness than was asked for, are refused", async () => {
	const { command, response } = attest7(chipPoint, internal7);
	const changed = response.slice();
	changed[10]! ^= 1;
	await refused(fileOf([{ command, response: changed }]), /signature is WRONG/);
	const other = { authorities, freshness: new Uint8Array(16) };
	await refused(fileOf([attest7(chipPoint, internal7)]), /not what was asked for/, other);
	assert.match(
		(await judge(fileOf([attest7(chipPoint, internal7)]), { authorities })).said,
		/Note: The freshness was not/,
	);
});

/** The same signature over other cuts of what was signed. */
const cutAnew = ({ command, response }: Transcript, value: string, ...fields: readonly string[]) =>
	fileOf([{ command, response: cut3(value, ...fields, hex(decodeTlvs(response).at(-1)!.value)) }]);

attestation("3.x: a file from outside is not cut up again: a timestamp has 12 bytes", () => {
	const written = attest3(`${outsidePoint}${internal3}`, file3);
	const rest = `${file3}${timestamp}`;
	return forged(cutAnew(written, outsidePoint, internal3, rest, freshness, uid), /of neither applet/);
});

attestation("3.x: a file from outside is not cut up again: its attributes are no entry of a policy", () => {
	// The last five bytes of a policy with these rights, and the origin 01: as if made in the chip, version 20000001.
	const attributes = file3.replace("00200000", "02200000").replaceAll(" ", "");
	const swallowed = attributes.length / 2 - 5;
	const header = `${keyId} 01 01 0000 00000000 0000 ${(8 + swallowed).toString(16).padStart(2, "0")} 00000000 10200000`;
	const written = attest3(`${outsidePoint}${header}`, attributes);
	return forged(
		cutAnew(written, outsidePoint, header + attributes, timestamp, freshness, uid),
		/does not prove attributes of this form/,
	);
});

attestation("3.x: a policy that holds attributes does not make an object of its own", async () => {
	// A PCR's expected value, 32 bytes that the writer chooses, ends in made-up attributes.
	const made = `${keyId} 01 01 0000 00000000 0000 08 00000000 10200000`.replaceAll(" ", "");
	const policy = `2C 00000000 00210000 00000001 ${"00".repeat(32 - made.length / 2)}${made}`.replaceAll(" ", "");
	const header = `${keyId} 0B 01 0000 00000000 0000 `;
	const written = attest3(outsidePoint, `${header}${policy} 01`);
	const value = `${outsidePoint}${header}${policy.slice(0, -made.length)}`;
	await forged(
		cutAnew(written, value, `${made}01`, timestamp, freshness, uid),
		/does not prove an object from outside/,
		"external",
	);
	await refused(fileOf([written]), /does not prove attributes of this form/);
});

attestation("3.x: an RSA key is never proven to be made in the chip", () =>
	forged(
		fileOf([attest3("C0".repeat(256), `${keyId} 04 01 0000 00000000 0000 02`, readCommand(keyId, "440100"))]),
		/does not prove that an object of type RSA key pair was made in the chip/,
	),
);

attestation("3.x: an internal object that is no key, and an EC key without a point, are refused", async () => {
	await forged(fileOf([attest3("CAFE", file3.replace(/01$/, "02"))]), /of type binary file was made in the chip/);
	const offCurve = `${outsidePoint.slice(0, -2)}${outsidePoint.endsWith("00") ? "01" : "00"}`;
	await forged(fileOf([attest3(offCurve, internal3)]), /is not a point of/);
});

attestation("3.x: what the chip's I2C master read is not taken for a key", async () => {
	// A read of the I2C master answers 04, status 5A, two bytes of length and the bytes: an attacker's key whose X begins so.
	const rest = internal3.replaceAll(" ", "").length / 2 + 61;
	const start = `5A${rest.toString(16).padStart(4, "0").toUpperCase()}`;
	const answer = `04${start}${outsidePoint.slice(8)}`;
	await forged(fileOf([attest3(answer, internal3)]), /answer of the chip's I2C master/);
});

attestation("a signature in the middle does not make a read of 3.x one of 7.x, whose freshness is not repeated", () => {
	const old = "FF".repeat(16);
	const signature = sign("sha256", bytes(chipPoint + internal3 + timestamp + old + uid), attestationKey.privateKey);
	const response = bytes(
		[
			long("41", chipPoint),
			long("43", internal3),
			long("52", hex(signature)),
			long("44", timestamp + old),
			long("4F", timestamp),
			long("42", uid),
		].join(""),
	);
	return forged(fileOf([{ command: readCommand(), response }]), /of neither applet/);
});

for (const [name, pem, sentence] of [
	[
		"of another chip",
		await issue({ subject: `OU=Plug and Trust, O=SIMULATED (not NXP), CN=Attest-${uid.slice(0, -2)}91` }),
		/is not the attestation key of chip/,
	],
	[
		"of the chip's cloud key",
		await issue({ issuer: "connectivity", subject: `OU=Plug and Trust, O=SIMULATED (not NXP), CN=Cloud0-${uid}` }),
		/not a manufacturer's attestation CA/,
	],
	["that the connectivity CA issued", await issue({ issuer: "connectivity" }), /not a manufacturer's attestation CA/],
	[
		"for another purpose by the attestation CA",
		await issue({ subject: `OU=Plug and Trust, O=SIMULATED (not NXP), CN=Cloud0-${uid}` }),
		/is not the attestation key of chip/,
	],
	[
		"with more in its name",
		await issue({ subject: `OU=Plug and Trust, O=SIMULATED (not NXP), CN=Attest-${uid}, CN=x` }),
		/is not the attestation key of chip/,
	],
	["of a CA", await issue({ isCa: true, usage: "keyCertSign" }), /not for signatures alone/],
	["of a CA that may only sign", await issue({ isCa: true }), /not for signatures alone/],
	["that is over", await issue({ notAfter: new Date("2021-01-01") }), /valid only from/],
] as const)
	attestation(`a certificate ${name} is not of the chip's attestation key`, async () => {
		const file = fileOf([attest3(chipPoint, internal3)], pem);
		if (name !== "of another chip") assert.is(believe(file, authorities)?.origin, "internal");
		await refused(file, sentence);
	});

attestation("made-up attestations by a key whose certificate names the chip are refused", async () => {
	const pem = await issue({
		issuer: "connectivity",
		subject: `OU=Plug and Trust, O=SIMULATED (not NXP), CN=Cloud0-${uid}`,
		key: outsideKey.publicKey,
	});
	const signature = sign(
		"sha256",
		bytes(outsidePoint + internal3 + timestamp + freshness + uid),
		outsideKey.privateKey,
	);
	await forged(
		fileOf(
			[{ command: readCommand(), response: cut3(outsidePoint, internal3, timestamp, freshness, uid, hex(signature)) }],
			pem,
		),
		/not a manufacturer's attestation CA/,
	);
});

attestation(
	"a CA with the right name that is not under a given root is refused, and so is a leaf that issues",
	async () => {
		const impostor = newKey();
		const name = "OU=Plug and Trust, O=SIMULATED (not NXP), CN=SIMULATED Intermediate-AttestationCA";
		const byImpostor = await issue({ issuer: { name, privateKey: pkcs8(impostor.privateKey) } });
		await refused(fileOf([attest3(chipPoint, internal3)], byImpostor), /none of the given CAs has issued/);
		const [attestationCa, , root] = authorities;
		await refused(fileOf([attest3(chipPoint, internal3)]), /none of the given CAs has issued/, {
			authorities: [root!],
		});
		await refused(fileOf([attest3(chipPoint, internal3)]), /none of the given CAs has issued/, {
			authorities: [attestationCa!],
		});
		assert.ok(
			(await judge(fileOf([attest3(chipPoint, internal3)], genuine), { authorities: [root!, attestationCa!] }))
				.verified,
		);
	},
);

attestation("a read of a part, of another algorithm or of another object is not taken", async () => {
	for (const more of ["42020001", "43020010", "42020001 43020010"])
		await refused(
			fileOf([attest7(chipPoint, internal7, readCommand(keyId, more))]),
			/not an attested read of a whole object/,
		);
	await refused(fileOf([attest7(chipPoint, internal7, readCommand("10000002"))]), /of another object/);
	const command = readCommand();
	command[command.length - freshness.length / 2 - 3] = 0x22;
	await refused(fileOf([attest7(chipPoint, internal7, command)]), /ECDSA with SHA-256/);
});

attestation("a file that is no attestation, or is damaged, is refused in one sentence", () => {
	const file = fileOf([attest3(chipPoint, internal3)]);
	assert.equal(parseAttestationFile(JSON.stringify(file), "key.json"), file);
	for (const damaged of [
		"",
		"null",
		"5",
		"[]",
		"{}",
		JSON.stringify({ ...file, version: 2 }),
		JSON.stringify({ ...file, reads: [] }),
		JSON.stringify({ ...file, reads: [null] }),
		JSON.stringify({ ...file, reads: [{ command: 5, response: "00" }] }),
		JSON.stringify({ ...file, reads: [{ command: "0", response: "00" }] }),
		JSON.stringify({ ...file, certificate: 5 }),
		JSON.stringify({ ...file, attestationKey: undefined }),
	])
		assert.throws(
			() => parseAttestationFile(damaged, "key.json"),
			/^key\.json is not an attestation, or it is damaged/,
			damaged,
		);
});

attestation("a certificate that cannot be read is refused in one sentence", () =>
	refused(fileOf([attest3(chipPoint, internal3)], "no certificate"), /certificate cannot be read: it is damaged/),
);

attestation.run();
