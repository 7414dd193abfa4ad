// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { certificateToPem } from "../../../se050/pem.js";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

test("the PEM of a certificate is read back as the same certificate", () => {
	const der = readFileSync("certs/AmazonRootCA3.der");
	const certificate = new X509Certificate(certificateToPem(der, base64));
	assert.ok(certificate.raw.equals(der));
});

test("lines have 64 characters, and the last one is ended too", () => {
	const lines = certificateToPem(new Uint8Array(100), base64).split("\n");
	assert.equal(
		lines.map(line => line.length),
		[27, 64, 64, 8, 25, 0],
	);
});

test("a last line that is full gets no empty one after it", () => {
	assert.is(certificateToPem(new Uint8Array(48), base64).split("\n").length, 4);
});

test.run();
