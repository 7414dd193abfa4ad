// SPDX-License-Identifier: MIT
/** What `cert --write` says of a file that is not a certificate. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueCertificate } from "../../../tools/iot-core/testing.js";
import { certificateContent } from "../../../tools/se050/files.js";

const folder = mkdtempSync(join(tmpdir(), "se050-files-"));
const file = join(folder, "given");

function contentOf(bytes: string | Uint8Array): { content: Uint8Array } {
	writeFileSync(file, bytes);
	return certificateContent(file);
}

const { certificate } = await issueCertificate({ subject: "CN=device", days: 1, keyType: "ecdsa", now: Date.now() });
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

for (const [name, bytes, words] of [
	[
		"a public key in PEM",
		publicKey.export({ format: "pem", type: "spki" }),
		"it holds PEM of another kind: PUBLIC KEY",
	],
	["a public key in DER", publicKey.export({ format: "der", type: "spki" }), "it holds a public key"],
	["a private key in DER", privateKey.export({ format: "der", type: "pkcs8" }), "it holds a private key"],
	["zeros", new Uint8Array(512), "it holds only zeros: nothing was written yet"],
	["text", "certificate of the device\n", "it holds text without the BEGIN and END lines of PEM"],
	["nothing", "", "it is empty"],
	["half of a certificate in PEM", certificate.slice(0, 200), "PEM cut off: a block without its END line"],
] as const)
	test(`${name} is named`, () => {
		assert.throws(
			() => contentOf(bytes),
			(error: Error) =>
				error.message === `${file} has no certificate that can be read: ${words}. Give the certificate, as PEM or DER.`,
		);
	});

test("a certificate is taken", () => {
	assert.ok(contentOf(certificate).content.length > 200);
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
