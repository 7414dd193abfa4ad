// SPDX-License-Identifier: MIT
/** Certificates that no CA should issue: each is registered or refused with AWS's error, and its fields are readable. */

import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { seedByteLength, seededRandom } from "../../../modules/iot/random.js";
import { ServiceError } from "../../../tools/iot-core/errors.js";
import { certificateVariables } from "../../../tools/iot-core/policy/certificate-variables.js";
import { readClientCertificate } from "../../../tools/iot-core/registry/certificate.js";
import { readCertificateFields } from "../../../tools/iot-core/registry/certificate-fields.js";
import { pemOf } from "../../../tools/lib/pem.js";

const folder = mkdtempSync(join(tmpdir(), "odd-certificates-"));
test.after(() => rmSync(folder, { recursive: true }));

const p256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** A self-signed certificate as openssl makes it. */
function openssl(options: readonly string[], algorithm: readonly string[] = p256): string {
	const key = join(folder, "key.pem");
	const args = ["req", "-x509", "-newkey", ...algorithm, "-nodes", "-keyout", key, "-subj", "/CN=odd", "-days", "2"];
	return execFileSync("openssl", [...args, ...options], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

const variable = (pem: string, name: string) =>
	new Map(certificateVariables(readCertificateFields(new X509Certificate(pem).raw))).get(`iot:Certificate.${name}`);

for (const [serial, value] of [
	["-5", "-5"],
	["0", "0"],
	["127", "127"],
	["128", "128"],
	["0xffffffffffffffffffffffffffffffffffffffff", "1461501637330902918203684832716283019655932542975"],
] as const)
	test(`a certificate with the serial number ${serial} is taken, and policies read it as ${value}`, () => {
		const pem = openssl(["-set_serial", serial]);
		assert.is(readClientCertificate(pem).pem, pem);
		assert.is(variable(pem, "SerialNumber"), value);
	});

test("the serial number 02 01 85 of the report is -123", () => {
	const der = Buffer.from(new X509Certificate(openssl(["-set_serial", "5"])).raw);
	const at = der.indexOf(Buffer.from([0x02, 0x01, 0x05]));
	der[at + 2] = 0x85;
	assert.is(variable(pemOf(der), "SerialNumber"), "-123");
	assert.ok(readClientCertificate(pemOf(der)));
});

test("names of several attributes, values and string types are read", () => {
	const pem = openssl([
		"-utf8",
		"-multivalue-rdn",
		"-subj",
		"/C=JP/O=株式会社/OU=one+OU=two/CN=é/serialNumber=7/title=",
	]);
	assert.is(variable(pem, "Subject.Country"), "JP");
	assert.is(variable(pem, "Subject.Organization"), "株式会社");
	assert.equal(["OrganizationalUnit", "OrganizationalUnit.1"].map(name => variable(pem, `Subject.${name}`)).sort(), [
		"one",
		"two",
	]);
	assert.is(variable(pem, "Issuer.CommonName.0"), "é");
	assert.is(variable(pem, "Subject.SerialNumber"), "7");
});

test("BMPString and UniversalString are read", () => {
	const bmp = Buffer.from([0x0c, 0x04, 0x62, 0x6d, 0x70, 0x31]);
	const der = Buffer.from(new X509Certificate(openssl(["-subj", "/CN=bmp1"])).raw);
	const wide = (tag: number, bytes: number[]) => {
		const changed = Buffer.from(der);
		for (let at = changed.indexOf(bmp); at >= 0; at = changed.indexOf(bmp))
			Buffer.from([tag, 0x04, ...bytes]).copy(changed, at);
		return variable(pemOf(changed), "Subject.CommonName");
	};
	assert.is(wide(0x1e, [0x30, 0x42, 0x30, 0x44]), "あい");
	assert.is(wide(0x1c, [0x00, 0x01, 0xf6, 0x00]), "\u{1f600}");
});

for (const [what, algorithm, options, reason] of [
	["an Ed25519 key", ["ed25519"], [], /type ed25519/],
	["a curve that AWS does not have", ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], [], /curve secp256k1/],
	["an RSASSA-PSS signature", ["rsa:2048"], ["-sigopt", "rsa_padding_mode:pss"], /signed with RSASSA-PSS/],
] as const)
	test(`a certificate with ${what} is refused with the reason`, () => {
		const pem = openssl(options, algorithm);
		assert.throws(
			() => readClientCertificate(pem),
			(error: Error) =>
				error instanceof ServiceError && error.name === "CertificateValidationException" && reason.test(error.message),
		);
	});

test("a key whose curve is spelt out, in place of its name, is taken", () => {
	const pem = openssl([], [...p256, "-pkeyopt", "ec_param_enc:explicit"]);
	assert.is(readCertificateFields(new X509Certificate(pem).raw).curve, undefined);
	assert.is(readClientCertificate(pem).pem, pem);
});

test("a mutated certificate is registered or refused with AWS's error, never anything else", () => {
	const seed = createHash("sha256").update("odd certificates").digest().subarray(0, seedByteLength);
	const random = seededRandom(seed);
	const below = (end: number) => Math.floor(random() * end);
	const der = Buffer.from(new X509Certificate(openssl(["-set_serial", "77"])).raw);
	const outcomes = { taken: 0, refused: 0 };
	for (let round = 0; round < 3_000; round++) {
		const mutant = Buffer.from(der);
		for (let count = 1 + below(3); count > 0; count--) mutant[below(mutant.length)] = below(256);
		try {
			readClientCertificate(pemOf(mutant));
			outcomes.taken++;
		} catch (error) {
			if (!(error instanceof ServiceError)) throw error;
			outcomes.refused++;
		}
	}
	assert.ok(outcomes.taken > 100 && outcomes.refused > 100, JSON.stringify(outcomes));
});

test.run();
