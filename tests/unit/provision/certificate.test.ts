// SPDX-License-Identifier: MIT

import { X509Certificate } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Authorities } from "../../../tools/lib/authorities.js";
import { signatureAlgorithm, trimCertificate } from "../../../tools/lib/der.js";
import { pemOf } from "../../../tools/lib/pem.js";
import { CertificateError, readChipCertificate } from "../../../tools/provision/certificate.js";
import {
	type CertificateOptions,
	chip,
	chipCertificate,
	chipKey,
	chipUid,
	ecKey,
	manufacturerCa,
	rsaKey,
} from "./chips.js";

const { uid, pem, der } = chip(7);

function problemOf(certificate: string | Uint8Array, given: string | null = uid, now = Date.now()): string {
	try {
		readChipCertificate(certificate, given ?? undefined, { now });
	} catch (error) {
		assert.instance(error, CertificateError);
		return (error as Error).message;
	}
	return "";
}

const problemWith = (options: Partial<CertificateOptions>, given: string | null = uid) =>
	problemOf(chipCertificate({ uid, ...options }), given);

test("the certificateId is the SHA-256 of the DER, as Node's own fingerprint", () => {
	const expected = new X509Certificate(der).fingerprint256.replaceAll(":", "").toLowerCase();
	assert.is(readChipCertificate(pem, uid).id, expected);
});

test("PEM, PEM with written line ends, PEM with carriage returns, base64 of DER and DER are one certificate", () => {
	const forms = [
		pem,
		pem.replaceAll("\n", "\\n"),
		pem.replaceAll("\n", "\r\n"),
		der.toString("base64"),
		der,
		`text before\n${pem}`,
	];
	assert.is(new Set(forms.map(form => readChipCertificate(form, uid).id)).size, 1);
});

test("PEM is normalised to one block", () => {
	assert.is(readChipCertificate(der, uid).pem, pem);
});

test("the zeros behind the certificate in a chip's file are cut off", () => {
	assert.is(readChipCertificate(Buffer.concat([der, Buffer.alloc(6)]), uid).id, readChipCertificate(der, uid).id);
});

test("anything but padding behind the certificate is an error", () => {
	for (const fill of [0x00, 0xff, 0x20])
		assert.is(
			readChipCertificate(Buffer.concat([der, Buffer.alloc(6, fill)]), uid).id,
			readChipCertificate(der, uid).id,
		);
	assert.match(problemOf(Buffer.concat([der, Buffer.of(1)])), /not an X\.509 certificate/);
});

test("a certificate cut off at any byte is an error, and nothing else happens", () => {
	for (let length = 0; length < der.length; length++)
		assert.match(problemOf(der.subarray(0, length)), /not an X\.509 certificate/, `${length} bytes`);
});

test("UID from the subject's CN, without the source's word", () => {
	assert.is(readChipCertificate(chipCertificate({ uid, serialNumber: "11" }), undefined).uid, uid);
});

test("UID from the serial number, without the source's word", () => {
	assert.is(readChipCertificate(chipCertificate({ uid, commonName: "no digits" }), undefined).uid, uid);
});

test("UID in capital digits in the CN", () => {
	assert.is(
		readChipCertificate(chipCertificate({ uid, commonName: `Attest-${uid.toUpperCase()}`, serialNumber: "11" }), uid)
			.namesUid,
		true,
	);
});

test("the certificate of another UID is refused, and both UIDs are named", () => {
	const problem = problemOf(pem, chipUid(8));
	assert.match(problem, uid);
	assert.match(problem, chipUid(8));
});

test("a certificate whose CN and serial number name two UIDs is refused", () => {
	assert.match(problemWith({ serialNumber: `${chipUid(8)}0004` }), /another chip's/);
	assert.match(problemOf(chipCertificate({ uid, serialNumber: `${chipUid(8)}0004` }), null), /two UIDs/);
});

test("a random serial number of 20 bytes is no UID", () => {
	assert.is(
		readChipCertificate(chipCertificate({ uid, commonName: "device", serialNumber: "12".repeat(20) }), uid).namesUid,
		false,
	);
});

test("a certificate that names no UID needs the source's word", () => {
	assert.match(problemOf(chipCertificate({ uid, commonName: "device", serialNumber: "11" }), null), /name no UID/);
});

test("an expired certificate is refused with its date", () => {
	assert.match(problemWith({ notAfter: new Date("2024-05-06T07:08:09Z") }), /expired at 2024-05-06T07:08:09/);
});

test("a certificate is taken up to its last second", () => {
	const last = new Date("2030-01-01T00:00:00Z");
	const certificate = chipCertificate({ uid, notAfter: last });
	assert.is(problemOf(certificate, uid, last.getTime()), "");
	assert.match(problemOf(certificate, uid, last.getTime() + 1_000), /expired/);
});

test("a certificate that is not valid yet is refused", () => {
	assert.match(problemWith({ notBefore: new Date("2040-01-01T00:00:00Z") }), /not valid before 2040/);
});

test("RSA of 2048 bits is taken, of 1024 bits refused", () => {
	assert.is(problemWith({ key: rsaKey(2048) }), "");
	assert.match(problemWith({ key: rsaKey(1024) }), /1024 bits/);
});

test("curves other than P-256 are refused by name", () => {
	assert.match(problemWith({ key: ecKey("secp256k1") }), /secp256k1/);
});

test("a signature with SHA-1 is refused", () => {
	assert.match(problemWith({ hash: "sha1" }), /1\.2\.840\.10045\.4\.1/);
});

test("a CA's certificate is refused", () => {
	assert.match(problemWith({ ca: true }), /CA's certificate/);
});

test("a forged certificate that has the chip's own as PEM in an extension is refused, and never read as that one", () => {
	const authorities = new Authorities([new X509Certificate(manufacturerCa())]);
	const unknownExtension = Buffer.from(`\n${pem}`);
	const forged = chipCertificate({ uid, key: ecKey("P-256"), signer: chipKey, unknownExtension });
	assert.ok(new X509Certificate(forged).raw.equals(der), "Node takes the chip's own from the DER");
	for (const form of [forged, pemOf(forged)])
		assert.throws(() => readChipCertificate(form, uid, { authorities }), /it is forged or damaged/);
	const rsa = chipCertificate({ uid, key: rsaKey(2048), unknownExtension });
	assert.is(readChipCertificate(rsa, uid, { authorities }).pem, pemOf(rsa), "one that OpenSSL must judge");
});

test("other PEM, two blocks, and text that is neither PEM nor base64 are refused in words", () => {
	assert.match(
		problemOf("-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"),
		/a PEM block "PRIVATE KEY", not a certificate/,
	);
	assert.match(problemOf(pem + chip(8).pem), /2 certificates, 2 of them not a CA's/);
	assert.match(problemOf("hello, world"), /neither PEM nor DER in base64/);
	assert.match(problemOf(pemOf(Buffer.from("not DER"))), /not an X\.509 certificate/);
});

test("more characters than AWS takes are refused before they are parsed", () => {
	assert.match(problemOf("A".repeat(65_537)), /65537 characters/);
});

test("the signature algorithm is read from the certificate's own field", () => {
	assert.is(signatureAlgorithm(der), "1.2.840.10045.4.3.2");
	assert.is(signatureAlgorithm(chipCertificate({ uid, signer: rsaKey(2048) })), "1.2.840.113549.1.1.11");
});

test("lengths that DER does not have are errors", () => {
	for (const bytes of ["", "30", "3080", "3084000000010000", "308103", "0400"])
		assert.throws(() => trimCertificate(Buffer.from(bytes, "hex")), RangeError);
});

test.run();
