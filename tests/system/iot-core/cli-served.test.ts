// SPDX-License-Identifier: MIT
/** The operations that clients meet first, by the AWS CLI or SDK: each answer has the members of the service model. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { answer, aws, refusal } from "../aws-cli.js";
import { call, callRefusal } from "../aws-sdk.js";
import { allowAll, Fixture, happened, nextMessage, type run } from "./fixture.js";

const test = suite<{ fixture: Fixture }>("the AWS CLI's other operations");

test.before(async context => {
	context.fixture = await Fixture.start();
});

test.after(({ fixture }) => fixture.close());

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function resource({ core }: Fixture, kind: string, name: string): string {
	return `arn:aws:iot:${core.region}:${core.account}:${kind}/${name}`;
}

const document = (resourceName: string) =>
	JSON.stringify({
		Version: "2012-10-17",
		Statement: [{ Effect: "Allow", Action: "iot:*", Resource: resourceName }],
	});

/** A command of `aws iot-data`. */
function data(fixture: Fixture, ...args: string[]): ReturnType<typeof run> {
	return aws(fixture, args, {}, "iot-data");
}

test("create-keys-and-certificate makes what connects", async ({ fixture }) => {
	const { certificateArn, certificateId, certificatePem, keyPair } = await answer<{
		certificateArn: string;
		certificateId: string;
		certificatePem: string;
		keyPair: { PublicKey: string; PrivateKey: string };
	}>(fixture, "create-keys-and-certificate", "--set-as-active");
	assert.is(certificateArn, resource(fixture, "cert", certificateId));
	assert.match(keyPair.PublicKey, /^-----BEGIN PUBLIC KEY-----\n/);
	assert.match(keyPair.PrivateKey, /^-----BEGIN RSA PRIVATE KEY-----\n/);
	const { certificateDescription } = await answer<{
		certificateDescription: { certificateMode: string; status: string };
	}>(fixture, "describe-certificate", "--certificate-id", certificateId);
	assert.is(certificateDescription.certificateMode, "DEFAULT");
	assert.is(certificateDescription.status, "ACTIVE");
	const device = {
		certificateId,
		certificate: certificatePem,
		key: keyPair.PrivateKey,
		certificateFile: "",
		keyFile: "",
	};
	await fixture.allow(device, allowAll);
	const client = fixture.connect(device, { clientId: "made" });
	await happened(client, "connect");
	await client.endAsync();
});

test("create-certificate-from-csr issues for the request's key and subject, and refuses what is no request", async ({
	fixture,
}) => {
	const key = join(fixture.folder, "csr.key"),
		csr = join(fixture.folder, "csr.pem");
	const args = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key];
	execFileSync("openssl", [...args, "-subj", "/CN=from-csr/O=unit", "-out", csr], { stdio: "ignore" });
	const { certificatePem } = await answer<{ certificatePem: string }>(
		fixture,
		"create-certificate-from-csr",
		"--certificate-signing-request",
		`file://${csr}`,
	);
	const file = join(fixture.folder, "from-csr.pem");
	writeFileSync(file, certificatePem);
	const text = execFileSync("openssl", ["x509", "-in", file, "-noout", "-subject", "-pubkey"], { encoding: "utf8" });
	const [subject, ...publicKey] = text.split("\n");
	assert.match(subject ?? "", /CN ?= ?from-csr.*O ?= ?unit/);
	assert.is(publicKey.join("\n"), execFileSync("openssl", ["pkey", "-in", key, "-pubout"], { encoding: "utf8" }));
	const broken = readFileSync(csr, "utf8").replace(/[A-Za-z](?=[^\n]*\n-----END)/, found =>
		found === "A" ? "B" : "A",
	);
	writeFileSync(csr, broken);
	assert.match(
		await refusal(fixture, "create-certificate-from-csr", "--certificate-signing-request", `file://${csr}`),
		/\(InvalidRequestException\).*The certificate signing request cannot be used/,
	);
});

test("policy versions are made, listed, read, chosen and deleted", async ({ fixture }) => {
	const policy = ["--policy-name", "versioned"];
	const policyArn = resource(fixture, "policy", "versioned");
	await call(fixture, "create-policy", ...policy, "--policy-document", document("arn:one"));
	assert.equal(
		await call(
			fixture,
			"create-policy-version",
			...policy,
			"--policy-document",
			document("arn:two"),
			"--set-as-default",
		),
		{ policyArn, policyDocument: document("arn:two"), policyVersionId: "2", isDefaultVersion: true },
	);
	const { policyVersions } = await call<{ policyVersions: { versionId: string; isDefaultVersion: boolean }[] }>(
		fixture,
		"list-policy-versions",
		...policy,
	);
	assert.equal(
		policyVersions.map(({ versionId, isDefaultVersion }) => [versionId, isDefaultVersion]),
		[
			["2", true],
			["1", false],
		],
	);
	const first = await call(fixture, "get-policy-version", ...policy, "--policy-version-id", "1");
	assert.equal(
		[first.policyArn, first.policyName, first.policyDocument, first.isDefaultVersion],
		[policyArn, "versioned", document("arn:one"), false],
	);
	await call(fixture, "set-default-policy-version", ...policy, "--policy-version-id", "1");
	assert.match(await callRefusal(fixture, "delete-policy", ...policy), "(DeleteConflictException)");
	await call(fixture, "delete-policy-version", ...policy, "--policy-version-id", "2");
	await call(fixture, "delete-policy", ...policy);
});

test("policies by principal, as old clients attach and list them", async ({ fixture }) => {
	const device = await fixture.makeDevice();
	await fixture.register(device);
	const principal = fixture.certificateArn(device);
	const policy = ["--policy-name", "by-principal"];
	await call(fixture, "create-policy", ...policy, "--policy-document", document("*"));
	await call(fixture, "attach-principal-policy", ...policy, "--principal", principal);
	assert.equal(await call(fixture, "list-principal-policies", "--principal", principal), {
		policies: [{ policyName: "by-principal", policyArn: resource(fixture, "policy", "by-principal") }],
	});
	assert.equal(await call(fixture, "list-policy-principals", ...policy), { principals: [principal] });
	assert.equal(await call(fixture, "list-targets-for-policy", ...policy), { targets: [principal] });
	await call(fixture, "detach-principal-policy", ...policy, "--principal", principal);
	assert.equal(await call(fixture, "list-targets-for-policy", ...policy), { targets: [] });
	const missing = ["--policy-name", "no-such-policy"];
	assert.equal(await call(fixture, "list-policy-principals", ...missing), { principals: [] });
	assert.match(await callRefusal(fixture, "list-targets-for-policy", ...missing), /^\(ResourceNotFoundException\)/);
	assert.match(
		await callRefusal(fixture, "list-policy-principals", "--policy-name", "?"),
		/^\(InvalidRequestException\)/,
	);
});

test("thing types and groups are served, and a group's policy lets its things in", async ({ fixture }) => {
	const type = ["--thing-type-name", "lamp"],
		group = ["--thing-group-name", "house"],
		thing = ["--thing-name", "lamp-1"];
	const made = await answer(
		fixture,
		"create-thing-type",
		...type,
		"--thing-type-properties",
		"thingTypeDescription=bright,searchableAttributes=room",
		"--tags",
		"Key=owner,Value=me",
	);
	assert.is(made.thingTypeArn, resource(fixture, "thingtype", "lamp"));
	assert.match(String(made.thingTypeId), uuid);
	const described = await call<{ thingTypeProperties: unknown; thingTypeMetadata: { deprecated: boolean } }>(
		fixture,
		"describe-thing-type",
		...type,
	);
	assert.equal(described.thingTypeProperties, { thingTypeDescription: "bright", searchableAttributes: ["room"] });
	assert.is(described.thingTypeMetadata.deprecated, false);
	assert.equal(await call(fixture, "list-tags-for-resource", "--resource-arn", String(made.thingTypeArn)), {
		tags: [{ Key: "owner", Value: "me" }],
	});
	assert.match(
		await callRefusal(fixture, "create-thing", ...thing, "--thing-type-name", "lmap"),
		/\(ResourceNotFoundException\).*Thing type lmap does not exist/,
	);
	await call(fixture, "create-thing", ...thing, ...type);
	const { thingGroupArn } = await call<{ thingGroupArn: string }>(fixture, "create-thing-group", ...group);
	assert.is(thingGroupArn, resource(fixture, "thinggroup", "house"));
	await call(fixture, "create-thing-group", "--thing-group-name", "room", "--parent-group-name", "house");
	await call(fixture, "add-thing-to-thing-group", "--thing-group-name", "room", ...thing);
	assert.equal(await call(fixture, "list-things-in-thing-group", ...group, "--recursive"), { things: ["lamp-1"] });
	assert.equal(await call(fixture, "list-thing-groups-for-thing", ...thing), {
		thingGroups: [{ groupName: "room", groupArn: resource(fixture, "thinggroup", "room") }],
	});
	const room = await call<{ thingGroupMetadata: { parentGroupName: string } }>(
		fixture,
		"describe-thing-group",
		"--thing-group-name",
		"room",
	);
	assert.is(room.thingGroupMetadata.parentGroupName, "house");
	const device = await fixture.makeDevice();
	await fixture.register(device);
	await call(fixture, "attach-thing-principal", ...thing, "--principal", fixture.certificateArn(device));
	await call(fixture, "create-policy", "--policy-name", "house", "--policy-document", document("*"));
	const refused = fixture.connect(device, { clientId: "lamp-1" });
	await happened(refused, "close");
	await call(fixture, "attach-policy", "--policy-name", "house", "--target", thingGroupArn);
	assert.equal(await call(fixture, "list-attached-policies", "--target", thingGroupArn), {
		policies: [{ policyName: "house", policyArn: resource(fixture, "policy", "house") }],
	});
	const client = fixture.connect(device, { clientId: "lamp-1" });
	await happened(client, "connect");
	const closed = happened(client, "close");
	await call(fixture, "remove-thing-from-thing-group", "--thing-group-name", "room", ...thing);
	await closed;
});

test("iot-data publishes to devices, and reads what is retained", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice();
	const client = fixture.connect(device, { clientId: "listener" });
	await client.subscribeAsync("operator/#", { qos: 1 });
	const message = nextMessage(client);
	const payload = Buffer.from('{"on":true}').toString("base64");
	const published = await data(
		fixture,
		"publish",
		"--topic",
		"operator/a b/+é".replace("+", ""),
		"--payload",
		payload,
		"--qos",
		"1",
	);
	assert.is(published.status, 0, published.stderr);
	assert.is(await message, 'operator/a b/é {"on":true}');
	await client.endAsync();
	const kept = await data(fixture, "publish", "--topic", "kept/here", "--payload", payload, "--retain");
	assert.is(kept.status, 0, kept.stderr);
	const { stdout } = await data(fixture, "get-retained-message", "--topic", "kept/here");
	const { lastModifiedTime, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
	assert.equal(rest, { topic: "kept/here", payload, qos: 0 });
	assert.ok(Math.abs(Number(lastModifiedTime) - Date.now()) < 600_000);
	const list = JSON.parse((await data(fixture, "list-retained-messages")).stdout) as { retainedTopics: object[] };
	assert.equal(
		list.retainedTopics.map(topic => ({ ...topic, lastModifiedTime: 0 })),
		[{ topic: "kept/here", payloadSize: 11, qos: 0, lastModifiedTime: 0 }],
	);
	const missing = await data(fixture, "get-retained-message", "--topic", "never");
	assert.match(missing.stderr, "(ResourceNotFoundException)");
	for (const topic of ["$aws/things/x", "a/+", "1/2/3/4/5/6/7/8/9"])
		assert.match(
			(await data(fixture, "publish", "--topic", topic, "--payload", payload)).stderr,
			"(InvalidRequestException)",
		);
});

for (const [what, args, words] of [
	["list-jobs", ["list-jobs"], /UnknownOperationException.*docs\/iot-core\.md/],
	["list-billing-groups", ["list-billing-groups"], /UnknownOperationException/],
	["describe-endpoint", ["describe-endpoint"], /InvalidRequestException.*legacy endpoint.*Use iot:Data-ATS/],
	["a job endpoint", ["describe-endpoint", "--endpoint-type", "iot:Jobs"], /jobs are not served/],
	[
		"create-thing in a billing group",
		["create-thing", "--thing-name", "a", "--billing-group-name", "b"],
		/ResourceNotFoundException.*billing groups are not served/,
	],
] as const)
	test(`${what} is refused with the reason`, async ({ fixture }) => {
		assert.match(await callRefusal(fixture, ...args), words);
	});

test("the shadow of the data plane is refused with the reason", async ({ fixture }) => {
	const { stderr } = await data(fixture, "get-thing-shadow", "--thing-name", "x", join(fixture.folder, "out"));
	assert.match(stderr, /UnknownOperationException.*docs\/iot-core\.md/);
});

test.run();
