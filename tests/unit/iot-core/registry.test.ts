// SPDX-License-Identifier: MIT
import { webcrypto } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { ServiceError, type ServiceErrorName } from "../../../tools/iot-core/errors.js";
import { Registry } from "../../../tools/iot-core/registry/registry.js";
import { X509CertificateGenerator } from "../../../tools/iot-core/x509.js";

const realm = { region: "eu-west-1", account: "111122223333" };
const dayMs = 86_400_000;
const policy = JSON.stringify({
	Version: "2012-10-17",
	Statement: [{ Effect: "Allow", Action: "iot:Connect", Resource: "*" }],
});
const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function makePem(
	algorithm: webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { hash: string }) = p256,
	expires = Date.now() + dayMs,
): Promise<string> {
	const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
	const certificate = await X509CertificateGenerator.createSelfSigned({
		name: "CN=unit",
		keys,
		signingAlgorithm: algorithm,
		notBefore: new Date(expires - 2 * dayMs),
		notAfter: new Date(expires),
	});
	return certificate.toString("pem");
}

function rsa(modulusLength: number, hash: string): webcrypto.RsaHashedKeyGenParams {
	return { name: "RSASSA-PKCS1-v1_5", modulusLength, hash, publicExponent: new Uint8Array([1, 0, 1]) };
}

/** Passes when the call fails with that error of AWS. */
function refuses(call: () => unknown, name: ServiceErrorName, message?: RegExp): void {
	assert.throws(
		call,
		(error: Error) =>
			error instanceof ServiceError && error.name === name && (message === undefined || message.test(error.message)),
	);
}

const test = suite<{ folder: string; file: string; registry: Registry; pem: string }>("registry");

test.before(async context => {
	context.pem = await makePem();
});

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "registry-"));
	context.file = join(context.folder, "registry.ndjson");
	context.registry = new Registry(realm, context.file);
});

test.after.each(({ folder, registry }) => {
	registry.close();
	rmSync(folder, { recursive: true });
});

test("a certificate registered without a status is INACTIVE", ({ registry, pem }) => {
	assert.is(registry.registerCertificateWithoutCA(pem).status, "INACTIVE");
});

test("registering twice names the certificate that is there", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem, "ACTIVE");
	assert.throws(
		() => registry.registerCertificateWithoutCA(pem, "ACTIVE"),
		(error: Error) => {
			assert.instance(error, ServiceError);
			const { name, details } = error as ServiceError;
			assert.is(name, "ResourceAlreadyExistsException");
			assert.equal(details, {
				resourceId: certificateId,
				resourceArn: `arn:aws:iot:eu-west-1:111122223333:cert/${certificateId}`,
			});
			return true;
		},
	);
});

test("PENDING_ACTIVATION is no status to register with", ({ registry, pem }) => {
	refuses(
		() => registry.registerCertificateWithoutCA(pem, "PENDING_ACTIVATION"),
		"CertificateStateException",
		/Not allowed to register certificate with PENDING_ACTIVATION status/,
	);
});

test("a status that is none is an invalid request", ({ registry, pem }) => {
	refuses(() => registry.registerCertificateWithoutCA(pem, "active"), "InvalidRequestException");
});

test("text around a PEM certificate does not matter", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(
		`subject=CN = unit\r\n${pem.replaceAll("\n", "\r\n")}\r\n`,
	);
	refuses(() => registry.registerCertificateWithoutCA(pem), "ResourceAlreadyExistsException");
	assert.match(certificateId, /^[0-9a-f]{64}$/);
});

for (const [name, text] of Object.entries({
	"text without a certificate": "hello",
	"a private key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	"DER that is no certificate": "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n",
}))
	test(`${name} fails validation`, ({ registry }) => {
		refuses(() => registry.registerCertificateWithoutCA(text), "CertificateValidationException");
	});

test("two certificates in one PEM fail validation", ({ registry, pem }) => {
	refuses(
		() => registry.registerCertificateWithoutCA(`${pem}\n${pem}`),
		"CertificateValidationException",
		/it holds 2/,
	);
});

test("a missing certificatePem is an invalid request", ({ registry }) => {
	refuses(() => registry.registerCertificateWithoutCA(undefined), "InvalidRequestException");
	refuses(() => registry.registerCertificateWithoutCA(""), "InvalidRequestException");
});

test("an expired certificate is refused", async ({ registry }) => {
	const pem = await makePem(p256, Date.now() - 1000);
	refuses(() => registry.registerCertificateWithoutCA(pem), "CertificateValidationException", /expired/);
});

test("an RSA key of 1024 bits is refused, one of 2048 is not", async ({ registry }) => {
	const weak = await makePem(rsa(1024, "SHA-256")),
		strong = await makePem(rsa(2048, "SHA-384"));
	refuses(() => registry.registerCertificateWithoutCA(weak), "CertificateValidationException", /1024 bits/);
	assert.is(registry.registerCertificateWithoutCA(strong).status, "INACTIVE");
});

test("a certificate signed with SHA-1 is refused", async ({ registry }) => {
	const pem = await makePem(rsa(2048, "SHA-1"));
	refuses(() => registry.registerCertificateWithoutCA(pem), "CertificateValidationException", /SHA-1/);
});

test("P-384 and P-521 keys are accepted", async ({ registry }) => {
	for (const [namedCurve, hash] of [
		["P-384", "SHA-384"],
		["P-521", "SHA-512"],
	] as const) {
		const pem = await makePem({ name: "ECDSA", namedCurve, hash });
		assert.ok(registry.registerCertificateWithoutCA(pem));
	}
});

test("a certificate that is not registered is not found", ({ registry }) => {
	refuses(() => registry.describeCertificate("ab".repeat(32)), "ResourceNotFoundException");
});

test("a certificateId of another form is an invalid request", ({ registry }) => {
	refuses(() => registry.describeCertificate("abc"), "InvalidRequestException");
});

test("updating to the same status changes nothing", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem, "ACTIVE");
	registry.updateCertificate(certificateId, "ACTIVE");
	assert.is(registry.describeCertificate(certificateId).customerVersion, 1);
});

test("an update counts the version up and tells who uses the certificate", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem, "ACTIVE");
	const changed: string[] = [];
	registry.on("changed", id => changed.push(id));
	registry.updateCertificate(certificateId, "INACTIVE");
	assert.equal(changed, [certificateId]);
	assert.is(registry.describeCertificate(certificateId).customerVersion, 2);
});

test("a REVOKED certificate stays REVOKED", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem, "REVOKED");
	refuses(() => registry.updateCertificate(certificateId, "ACTIVE"), "CertificateStateException");
});

test("PENDING_TRANSFER cannot be set", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem);
	refuses(() => registry.updateCertificate(certificateId, "PENDING_TRANSFER"), "InvalidRequestException");
});

test("an ACTIVE certificate is not deleted, whatever is forced", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem, "ACTIVE");
	refuses(() => registry.deleteCertificate(certificateId, false), "CertificateStateException", /must be deactivated/);
	refuses(() => registry.deleteCertificate(certificateId, true), "CertificateStateException");
});

test("a certificate with a policy is deleted only by force, and its policy is free then", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem);
	registry.policies.create("p", policy);
	registry.policies.attach("p", registry.certificateArn(certificateId));
	refuses(
		() => registry.deleteCertificate(certificateId, false),
		"DeleteConflictException",
		/policies must be detached/,
	);
	registry.deleteCertificate(certificateId, true);
	refuses(() => registry.describeCertificate(certificateId), "ResourceNotFoundException");
	registry.policies.delete("p");
});

test("a policy's name follows AWS' grammar", ({ registry }) => {
	assert.is(registry.policies.create("a+=,.@-_Z9", policy).policyName, "a+=,.@-_Z9");
	refuses(() => registry.policies.create("a b", policy), "InvalidRequestException");
	refuses(() => registry.policies.create("x".repeat(129), policy), "InvalidRequestException");
});

test("a policy's name is taken once", ({ registry }) => {
	registry.policies.create("p", policy);
	refuses(() => registry.policies.create("p", policy), "ResourceAlreadyExistsException");
});

test("an attached policy is not deleted", ({ registry, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem);
	registry.policies.create("p", policy);
	registry.policies.attach("p", registry.certificateArn(certificateId));
	refuses(() => registry.policies.delete("p"), "DeleteConflictException");
	registry.policies.detach("p", registry.certificateArn(certificateId));
	registry.policies.delete("p");
});

test("attaching and detaching twice change nothing more", ({ registry, pem }) => {
	const arn = registry.certificateArn(registry.registerCertificateWithoutCA(pem).certificateId);
	registry.policies.create("p", policy);
	registry.policies.attach("p", arn);
	registry.policies.attach("p", arn);
	assert.equal(
		registry.policies.attachedTo(arn).map(({ policyName }) => policyName),
		["p"],
	);
	registry.policies.detach("p", arn);
	registry.policies.detach("p", arn);
	assert.equal(registry.policies.attachedTo(arn), []);
});

test("an eleventh policy on a certificate is over the limit", ({ registry, pem }) => {
	const arn = registry.certificateArn(registry.registerCertificateWithoutCA(pem).certificateId);
	for (let index = 0; index < 11; index++) registry.policies.create(`p${index}`, policy);
	for (let index = 0; index < 10; index++) registry.policies.attach(`p${index}`, arn);
	refuses(() => registry.policies.attach("p10", arn), "LimitExceededException");
});

test("a policy is attached only to what exists in this account and region", ({ registry }) => {
	registry.policies.create("p", policy);
	refuses(() => registry.policies.attach("p", registry.certificateArn("ab".repeat(32))), "ResourceNotFoundException");
	refuses(
		() => registry.policies.attach("p", `arn:aws:iot:us-east-1:111122223333:cert/${"ab".repeat(32)}`),
		"InvalidRequestException",
	);
	refuses(() => registry.policies.attach("q", registry.certificateArn("ab".repeat(32))), "ResourceNotFoundException");
});

test("everything is there again after a restart", ({ registry, file, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem, "INACTIVE");
	registry.policies.create("p", policy);
	registry.policies.create("gone", policy);
	registry.policies.attach("p", registry.certificateArn(certificateId));
	registry.updateCertificate(certificateId, "ACTIVE");
	registry.policies.delete("gone");
	const again = new Registry(realm, file);
	assert.equal(again.describeCertificate(certificateId), registry.describeCertificate(certificateId));
	assert.equal(again.policies.list(), registry.policies.list());
	assert.is(again.statementsOf(certificateId).length, 1);
	again.close();
});

test("a journal of many changes is written anew with the same content", ({ registry, file, pem }) => {
	const { certificateId } = registry.registerCertificateWithoutCA(pem, "ACTIVE");
	registry.policies.create("p", policy);
	registry.policies.attach("p", registry.certificateArn(certificateId));
	for (let index = 0; index < 600; index++) {
		registry.updateCertificate(certificateId, "INACTIVE");
		registry.updateCertificate(certificateId, "ACTIVE");
	}
	const again = new Registry(realm, file);
	assert.is(readFileSync(file, "utf8").trim().split("\n").length, 3);
	assert.equal(again.describeCertificate(certificateId), registry.describeCertificate(certificateId));
	assert.equal(
		again.policies.attachedTo(registry.certificateArn(certificateId)),
		registry.policies.attachedTo(registry.certificateArn(certificateId)),
	);
	again.close();
});

test("a line of the journal that is no change is an error with its number", ({ folder }) => {
	const file = join(folder, "other.ndjson");
	writeFileSync(
		file,
		'{"change":"status","certificateId":"ab","status":"ACTIVE","at":1}\n{"change":"status","certificateId":"ab"}\n',
	);
	assert.throws(() => new Registry(realm, file), /line 2.*"status" of a change "status" must be of type string/);
});

test.run();
