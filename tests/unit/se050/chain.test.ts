// SPDX-License-Identifier: MIT
/** What may stand in the object of a certificate: OpenSSL makes it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { certificatesIn } from "../../../se050/chain.js";
import { DerError } from "../../../se050/der.js";

const folder = mkdtempSync(join(tmpdir(), "se050-chain-"));
const path = (name: string) => join(folder, name);

function openssl(...args: string[]): void {
	execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
}

function key(name: string): void {
	openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
}

function issue(name: string, issuer: string): void {
	key(name);
	openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
	const by = ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-CAcreateserial"];
	openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-days", "9", "-out", `${name}.pem`);
}

key("root");
openssl("req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=root", "-days", "9", "-out", "root.pem");
issue("intermediate", "root");
issue("leaf", "intermediate");
issue("other", "root");

function der(name: string): Uint8Array {
	openssl("x509", "-in", `${name}.pem`, "-outform", "DER", "-out", `${name}.der`);
	return new Uint8Array(readFileSync(path(`${name}.der`)));
}

const pem = (...names: string[]) => names.map(name => readFileSync(path(`${name}.pem`), "latin1")).join("");
const text = (content: string) => new Uint8Array(Buffer.from(content, "latin1"));
const join8 = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const hex = (certificates: Uint8Array[]) => certificates.map(each => Buffer.from(each).toString("hex"));

const [root, intermediate, leaf, other] = [der("root"), der("intermediate"), der("leaf"), der("other")];
const zeros = new Uint8Array(100);

function check(content: Uint8Array, expected: Uint8Array[], label: string): void {
	assert.equal(hex(certificatesIn(content)), hex(expected), label);
}

function refusal(content: Uint8Array): string {
	try {
		certificatesIn(content);
	} catch (error) {
		assert.instance(error, DerError);
		return (error as Error).message;
	}
	throw new Error("nothing was thrown");
}

test("one certificate is that, whatever pads its file or was left in it", () => {
	for (const padding of [new Uint8Array(), zeros, zeros.map(() => 0xff), text("garbage"), leaf.slice(5, 99)])
		check(join8(leaf, padding), [leaf], `${padding.length} bytes`);
});

test("leaf and issuers are given leaf first, in whatever order they stand", () => {
	check(join8(leaf, intermediate), [leaf, intermediate], "leaf first");
	check(join8(intermediate, leaf, zeros), [leaf, intermediate], "leaf last");
	for (const three of [
		[leaf, intermediate, root],
		[root, intermediate, leaf],
		[intermediate, root, leaf],
		[root, leaf, intermediate],
	])
		check(join8(...three), [leaf, intermediate, root], "three");
});

test("what stands there twice is given once, and what belongs to no chain comes last", () => {
	check(join8(leaf, leaf, intermediate), [leaf, intermediate], "twice");
	check(join8(leaf, other, intermediate), [leaf, intermediate, other], "another leaf");
	check(root, [root], "signed by itself");
});

test("PEM is taken, with one certificate or with more, with other lines and padding around them", () => {
	check(text(pem("leaf")), [leaf], "one");
	check(text(pem("intermediate", "leaf")), [leaf, intermediate], "two");
	check(join8(text(`subject=/CN=leaf\r\n${pem("leaf").replaceAll("\n", "\r\n")}`), zeros), [leaf], "CRLF");
	const withKey = readFileSync(path("leaf.key"), "latin1") + pem("leaf");
	check(text(withKey), [leaf], "with a key, which is not ours to judge");
});

test("anything else is named for what it is", () => {
	openssl("req", "-in", "leaf.csr", "-outform", "DER", "-out", "csr.der");
	openssl("ec", "-in", "leaf.key", "-pubout", "-outform", "DER", "-out", "public.der");
	openssl("ec", "-in", "leaf.key", "-outform", "DER", "-out", "sec1.der");
	openssl("pkcs8", "-topk8", "-nocrypt", "-in", "leaf.key", "-outform", "DER", "-out", "pkcs8.der");
	openssl("pkcs8", "-topk8", "-passout", "pass:x", "-in", "leaf.key", "-outform", "DER", "-out", "encrypted.der");
	openssl("crl2pkcs7", "-nocrl", "-certfile", "leaf.pem", "-outform", "DER", "-out", "p7.der");
	openssl("pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-passout", "pass:x", "-out", "p12.der");
	writeFileSync(path("ca.cnf"), "[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=sha256\n");
	writeFileSync(path("index"), "");
	const by = ["-keyfile", "root.key", "-cert", "root.pem", "-crldays", "9"];
	openssl("ca", "-config", "ca.cnf", "-gencrl", ...by, "-out", "crl.pem");
	openssl("crl", "-in", "crl.pem", "-outform", "DER", "-out", "crl.der");
	const file = (name: string) => refusal(join8(new Uint8Array(readFileSync(path(name))), zeros));
	assert.is(file("csr.der"), "it holds a certificate request (CSR)");
	assert.is(file("public.der"), "it holds a public key");
	assert.is(file("sec1.der"), "it holds a private key");
	assert.is(file("pkcs8.der"), "it holds a private key");
	assert.is(file("encrypted.der"), "it holds an encrypted private key");
	assert.is(file("p7.der"), "it holds a PKCS#7 bundle");
	assert.is(file("p12.der"), "it holds a PKCS#12 or another bundle");
	assert.is(file("crl.der"), "it holds a revocation list (CRL)");
	assert.is(file("leaf.csr"), "it holds PEM of another kind: CERTIFICATE REQUEST");
	assert.is(refusal(new Uint8Array()), "it is empty");
	assert.match(refusal(zeros), /^it holds only zeros: /);
	assert.match(refusal(zeros.map(() => 0xff)), /^it holds only FF: /);
	const base64 = text(Buffer.from(leaf).toString("base64"));
	for (const content of [text("certificate of the device\r\n"), base64, join8(base64, zeros)])
		assert.is(refusal(content), "it holds text without the BEGIN and END lines of PEM");
	for (const byte of [0x30, 0x41]) assert.is(refusal(Uint8Array.of(byte)), "it holds a single byte");
	assert.match(refusal(Uint8Array.of(0x6e, 3, 2, 1, 1)), /^not DER: a SEQUENCE begins with 30, not with 6e$/);
	assert.match(refusal(Uint8Array.of(0x30, 3, 2, 1, 1)), /^it holds a SEQUENCE that is not a certificate$/);
});

test("half of a certificate is one that is cut off, the second one too, and in PEM", () => {
	assert.match(refusal(leaf.slice(0, -1)), /^DER cut off: the SEQUENCE has \d+ bytes, but only \d+ are there$/);
	assert.match(refusal(join8(leaf, intermediate.slice(0, 200))), /^DER cut off/);
	assert.match(refusal(text(pem("leaf").slice(0, 300))), /^PEM cut off: a block without its END line$/);
	assert.match(
		refusal(text(pem("leaf").replace("MII", "M*I"))),
		/^PEM with a character that base64 does not have: "\*"$/,
	);
	assert.match(refusal(text(`${pem("leaf").slice(0, 200)}\n-----END CERTIFICATE-----\n`)), /^DER cut off/);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
