// SPDX-License-Identifier: MIT

import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Authorities } from "../../../tools/lib/authorities.js";
import { trimCertificate } from "../../../tools/lib/der.js";
import { pemOf } from "../../../tools/lib/pem.js";
import { openManufacturer } from "../../../tools/se050-sim/factory/manufacturer.js";
import { provision } from "../../../tools/se050-sim/factory/personality.js";
import { se050c } from "../../../tools/se050-sim/factory/variants.js";
import { chip, chipCertificate, chipKey, chipUid, ecKey, manufacturerCa } from "../provision/chips.js";

const folder = mkdtempSync(join(tmpdir(), "authorities-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

const uid = chipUid(1);
const genuine = new X509Certificate(chip(1).der);

function messageOf(...paths: string[]): string {
	try {
		Authorities.read(paths);
	} catch (error) {
		return (error as Error).message;
	}
	return "";
}

test("a certificate of the CA passes, whether the CA is given as PEM or DER, alone or among others", () => {
	const other = manufacturerCa({ commonName: "other", issuerName: "other", key: chipKey, signer: chipKey });
	for (const content of [
		manufacturerCa(),
		pemOf(manufacturerCa()),
		`# NXP\r\n${pemOf(other).replaceAll("\n", "\r\n")}${pemOf(manufacturerCa())}`,
	])
		assert.is(Authorities.read([file("ca", content)]).faultOf(genuine), undefined);
});

test("a certificate that only names the CA as its issuer is refused as forged", () => {
	const authorities = Authorities.read([file("ca.der", manufacturerCa())]);
	const forged = new X509Certificate(chipCertificate({ uid, signer: chipKey }));
	assert.match(authorities.faultOf(forged) ?? "", /does not have that CA's signature/);
});

test("a certificate of a CA of the same name and another key is refused", () => {
	const key = ecKey("P-256");
	const twin = Authorities.read([file("twin.der", manufacturerCa({ key, signer: key }))]);
	assert.match(twin.faultOf(genuine) ?? "", /does not have that CA's signature/);
});

test("a certificate of an issuer that is not given is refused, with the issuer's name", () => {
	const authorities = Authorities.read([file("ca.der", manufacturerCa())]);
	const stranger = new X509Certificate(chipCertificate({ uid, issuerName: "Elsewhere", signer: chipKey }));
	assert.match(authorities.faultOf(stranger) ?? "", /its issuer, O=NXP, CN=Elsewhere, is not among the CAs/);
});

test("a chip's certificate cannot stand for a CA: neither in --ca nor as an issuer", () => {
	assert.match(messageOf(file("leaf.pem", pemOf(genuine.raw))), /is not a CA's certificate/);
});

test("a CA whose own issuer is given must have that one's signature", () => {
	const rootKey = ecKey("P-256");
	const names = { uid: "", commonName: "root", issuerName: "root", serialNumber: "01", ca: true };
	const root = chipCertificate({ ...names, key: rootKey, signer: rootKey });
	const intermediate = manufacturerCa({ issuerName: "root", signer: rootKey });
	assert.is(messageOf(file("root.der", root), file("intermediate.der", intermediate)), "");
	const forged = manufacturerCa({ issuerName: "root", signer: chipKey });
	assert.match(messageOf(file("root.der", root), file("forged.der", forged)), /whose signature it does not have/);
});

test("a CA that has expired is refused", () => {
	assert.match(
		messageOf(file("old.der", manufacturerCa({ notAfter: new Date("2024-01-01T00:00:00Z") }))),
		/is valid only/,
	);
});

test("CA certificates with NULL parameters behind the ECDSA identifier, as NXP's have them, are taken", () => {
	const authorities = Authorities.read([file("null.der", manufacturerCa({ nullParameters: true }))]);
	assert.is(authorities.faultOf(genuine), undefined);
});

test("files that are no CA's are refused in one sentence, with where NXP's are", () => {
	for (const content of [
		"",
		"hello",
		"{",
		'{"root": {}}',
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	])
		assert.match(messageOf(file("bad", content)), /is not a CA file: .*gp-ca\.nxp\.com/, content);
	assert.match(messageOf(join(folder, "missing")), /cannot be read/);
});

test("the file of simulated chips' manufacturer is one, and its chips pass", async () => {
	const path = join(folder, "manufacturer.json");
	const objects = await provision(se050c, await openManufacturer(path));
	const certificate = objects.find(({ id }) => id === 0xf0000101);
	assert.ok(certificate?.type === "binary");
	const authorities = Authorities.read([path]);
	const x509 = new X509Certificate(
		trimCertificate(certificate?.type === "binary" ? certificate.data : new Uint8Array()),
	);
	assert.is(authorities.faultOf(x509), undefined);
	assert.match(authorities.faultOf(genuine) ?? "", /is not among the CAs/);
});

test.run();
