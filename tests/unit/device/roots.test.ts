// SPDX-License-Identifier: MIT
/** The root certificates of a PEM file, as the firmware takes them. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { trustedRoots } from "../../../tools/device/roots.js";
import { issueCertificate } from "../../../tools/iot-core/testing.js";

const test = suite("roots of a PEM file");
const folder = mkdtempSync(join(tmpdir(), "roots-"));
const { certificate } = await issueCertificate({ subject: "CN=root", days: 1, keyType: "ecdsa", now: Date.now() });
const good = `${certificate.trim()}\n`;
const goodRoot = new X509Certificate(certificate).raw.toString("base64");
/** The same with a wrong length at its beginning. */
const broken = good.replace("\nMII", "\nMIJ");

function read(...pems: string[]): { roots: string; warnings: string[] } {
	const file = join(folder, "roots.pem");
	writeFileSync(file, pems.join(""));
	const warnings: string[] = [];
	return { roots: trustedRoots(file, warning => warnings.push(warning)), warnings };
}

test("a certificate that cannot be parsed is left out with a warning, wherever it is", () => {
	for (const [pems, number] of [
		[[broken, good], 1],
		[[good, broken], 2],
	] as const) {
		const { roots, warnings } = read(...pems);
		assert.is(roots, goodRoot);
		assert.is(warnings.length, 1);
		assert.match(warnings[0] ?? "", new RegExp(`roots\\.pem: certificate ${number} of 2 cannot be parsed`));
	}
});

test("certificates that can be parsed give no warning", () => {
	assert.equal(read(good, good), { roots: `${goodRoot},${goodRoot}`, warnings: [] });
});

test("a file without one that can be parsed is refused", () => {
	assert.throws(() => read(broken, broken), /roots\.pem has no certificate that can be parsed \(2 cannot\): give/);
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
