// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../../tools/lib/root.js";

const folder = join(root, "certs");
const files = readdirSync(folder).filter(name => name.endsWith(".der"));
const load = (name: string) => new X509Certificate(readFileSync(join(folder, name)));

test("the four Amazon roots are there, and the firmware takes all of them", () => {
	assert.equal(files.sort(), ["AmazonRootCA1.der", "AmazonRootCA2.der", "AmazonRootCA3.der", "AmazonRootCA4.der"]);
	const firmware = readFileSync(join(folder, "../main.ts"), "utf8");
	for (const file of files) assert.ok(firmware.includes(`"${file}"`), file);
});

for (const name of files) {
	test(`${name} is the certificate of the Mozilla root store`, () => {
		const known = new Set(rootCertificates.map(pem => new X509Certificate(pem).fingerprint256));
		assert.ok(known.has(load(name).fingerprint256));
	});

	test(`${name} is self-signed and a CA`, () => {
		const certificate = load(name);
		assert.ok(certificate.verify(certificate.publicKey));
		assert.ok(certificate.ca);
	});

	test(`README names ${name} with its fingerprint and last day`, () => {
		const certificate = load(name);
		const row =
			readFileSync(join(folder, "README.md"), "utf8")
				.split("\n")
				.find(line => line.includes(`\`${name}\``)) ?? "";
		assert.ok(row.includes(certificate.fingerprint256.replaceAll(":", "").toLowerCase()));
		assert.ok(row.includes(new Date(certificate.validTo).toISOString().slice(0, 10)));
	});
}

test.run();
