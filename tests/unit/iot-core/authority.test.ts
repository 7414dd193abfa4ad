// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { serverIdentity, serverKeyTypes } from "../../../tools/iot-core/endpoint/authority.js";

const defaultRegion = "ap-northeast-1";
const dayMs = 86_400_000;

const test = suite<{ folder: string }>("server identity");

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "authority-"));
});

test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** The chain's certificates: server, intermediate. */
function chainOf({ chain }: { chain: string }): [X509Certificate, X509Certificate] {
	const [server = "", intermediate = ""] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
	return [new X509Certificate(server), new X509Certificate(intermediate)];
}

for (const keyType of serverKeyTypes)
	test(`an ${keyType} chain leads from the server to the root`, async ({ folder }) => {
		const identity = await serverIdentity(folder, defaultRegion, keyType);
		const [server, intermediate] = chainOf(identity);
		const root = new X509Certificate(identity.rootCa);
		assert.ok(server.verify(intermediate.publicKey) && server.checkIssued(intermediate) && !server.ca);
		assert.ok(intermediate.verify(root.publicKey) && intermediate.checkIssued(root) && intermediate.ca);
		assert.ok(root.verify(root.publicKey) && root.ca);
	});

test("the server's certificate is forevery endpoint of its region and no other", async ({ folder }) => {
	const [server] = chainOf(await serverIdentity(folder, defaultRegion, "rsa"));
	assert.ok(server.checkHost("a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com"));
	assert.not(server.checkHost("a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com"));
});

test("a server certificate in its last month is made anew below the same root", async ({ folder }) => {
	const made = await serverIdentity(folder, defaultRegion, "ecdsa");
	const lateEnough = Date.parse(chainOf(made)[0].validTo) - 29 * dayMs;
	const later = await serverIdentity(folder, defaultRegion, "ecdsa", lateEnough);
	assert.is(later.rootCa, made.rootCa);
	assert.ok(Date.parse(chainOf(later)[0].validTo) > lateEnough + 300 * dayMs);
	assert.is.not(later.key, made.key);
});

test("a server certificate with more than a month to go is kept", async ({ folder }) => {
	const made = await serverIdentity(folder, defaultRegion, "ecdsa");
	const early = Date.parse(chainOf(made)[0].validTo) - 31 * dayMs;
	assert.equal(await serverIdentity(folder, defaultRegion, "ecdsa", early), made);
});

test("another region gets another server certificate below the same root", async ({ folder }) => {
	const tokyo = await serverIdentity(folder, defaultRegion, "ecdsa");
	const ireland = await serverIdentity(folder, "eu-west-1", "ecdsa");
	assert.is(ireland.rootCa, tokyo.rootCa);
	assert.ok(chainOf(ireland)[0].checkHost("x-ats.iot.eu-west-1.amazonaws.com"));
});

test.run();
