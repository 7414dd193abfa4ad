// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildLine, topicSetting } from "../../../tools/provision/account/endpoint.js";
import { IotApi } from "../../../tools/provision/account/iot-api.js";
import {
	arnPrefix,
	checkTopics,
	defaultTopic,
	FleetPolicies,
	isOwnPolicy,
	type PolicyChoice,
	policyOf,
} from "../../../tools/provision/account/policy.js";
import { RunError } from "../../../tools/provision/account/service-errors.js";
import { deviceNames, parseUid } from "../../../tools/provision/identity.js";
import { FakeIot } from "./fake-iot.js";
import { VirtualPacingClock } from "./virtual-clock.js";

/** UIDs of real parts, as published by centurysys/se050_nim and NXP: two with `+` in base64, one without. */
const plus = "04005001b10d3d3fa75885042719d23e1f90";
const plain = "0400500149a6d8750778e6047e910a946680";
const prefix = "arn:aws:iot:eu-west-1:123456789012";
const thing: PolicyChoice = { kind: "thing", topics: [defaultTopic] };

const documentOf = (choice: PolicyChoice, uid: string, form: "base64" | "base64url" | "hex") =>
	policyOf(choice, deviceNames(uid, form), prefix).document ?? "";
const policies = (fake: FakeIot, choice: PolicyChoice) =>
	new FleetPolicies(new IotApi(fake.client, { clock: new VirtualPacingClock(), rate: 100 }), choice);

test("client ids and thing names of published UIDs", () => {
	assert.equal(deviceNames(plus, "base64"), {
		uid: plus,
		clientId: "BABQAbENPT+nWIUEJxnSPh+Q",
		thingName: "BABQAbENPT-nWIUEJxnSPh-Q",
	});
	assert.equal(deviceNames(plus, "base64url"), {
		uid: plus,
		clientId: "BABQAbENPT-nWIUEJxnSPh-Q",
		thingName: "BABQAbENPT-nWIUEJxnSPh-Q",
	});
	assert.equal(deviceNames(plus, "hex"), { uid: plus, clientId: plus, thingName: plus });
});

test("thing names are in AWS' grammar whatever the UID", () => {
	for (let byte = 0; byte < 256; byte++)
		for (const form of ["base64", "base64url", "hex"] as const)
			assert.match(
				deviceNames(byte.toString(16).padStart(2, "0").repeat(18), form).thingName,
				/^[a-zA-Z0-9:_-]{1,128}$/,
			);
});

test("UIDs are read as people write them", () => {
	for (const text of [
		plus,
		plus.toUpperCase(),
		`0x${plus}`,
		plus.match(/../g)?.join(":") ?? "",
		plus.match(/.{4}/g)?.join(" ") ?? "",
		"BABQAbENPT+nWIUEJxnSPh+Q",
		"BABQAbENPT-nWIUEJxnSPh-Q",
		` ${plus}\t`,
	])
		assert.is(parseUid(text), plus, text);
	for (const text of ["", "04", plus.slice(1), `${plus}0`, `${plus.slice(1)}g`, "BABQAbENPT+nWIUEJxnSPh+"])
		assert.is(parseUid(text), undefined, text);
});

test("the fleet's policy has no wildcard and one form for all devices", () => {
	const document = documentOf(thing, plus, "base64url");
	assert.not.match(document, /\*|\?/);
	assert.is(document, documentOf(thing, plain, "base64url"));
	assert.equal(JSON.parse(document).Statement, [
		{
			Effect: "Allow",
			Action: "iot:Connect",
			Resource: `${prefix}:client/\${iot:Connection.Thing.ThingName}`,
			Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } },
		},
		{
			Effect: "Allow",
			Action: ["iot:Publish", "iot:Receive"],
			Resource: [`${prefix}:topic/dev/\${iot:Connection.Thing.ThingName}/echo`],
		},
		{
			Effect: "Allow",
			Action: "iot:Subscribe",
			Resource: [`${prefix}:topicfilter/dev/\${iot:Connection.Thing.ThingName}/echo`],
		},
	]);
});

test("a base64 client id with + is written down in a policy of the device's own", () => {
	const device = deviceNames(plus, "base64");
	const { name, document = "" } = policyOf(thing, device, prefix);
	assert.match(name, /^moddable-se050-BABQAbENPT-nWIUEJxnSPh-Q-[0-9a-f]{8}$/);
	assert.ok(isOwnPolicy(name, device));
	assert.equal(JSON.parse(document).Statement[0], {
		Effect: "Allow",
		Action: "iot:Connect",
		Resource: `${prefix}:client/BABQAbENPT+nWIUEJxnSPh+Q`,
	});
	assert.not.match(document, /\*|\?|\$/);
});

test("a base64 client id that can be a thing's name shares the fleet's policy", () => {
	const own = deviceNames("040050010000000000000004000000000090", "base64");
	assert.is(own.clientId, own.thingName);
	assert.is(policyOf(thing, own, prefix).name, policyOf(thing, deviceNames(plus, "base64url"), prefix).name);
});

test("other topics are another policy, in all accounts under the same name", () => {
	const device = deviceNames(plain, "hex");
	const { name } = policyOf(thing, device, prefix);
	assert.is.not(policyOf({ kind: "thing", topics: ["test_topic/esp32"] }, device, prefix).name, name);
	assert.is(policyOf(thing, device, "arn:aws-cn:iot:cn-north-1:210987654321").name, name);
});

test("policy names are in AWS' grammar", () => {
	for (const form of ["base64", "base64url", "hex"] as const)
		assert.match(policyOf(thing, deviceNames(plus, form), prefix).name, /^[\w+=,.@-]{1,128}$/);
});

test("topics that no device can publish to, or that would be wildcards, are refused", () => {
	for (const topic of ["", "a/+", "a/#", "a/*", "a?b", "a b", "${iot:ClientId}", "x".repeat(257)])
		assert.throws(
			() => checkTopics([topic]),
			(error: Error) => error instanceof RunError,
			topic,
		);
	checkTopics(["test_topic/esp32", defaultTopic]);
});

test("a document longer than AWS takes is refused before anything is done", () => {
	assert.throws(
		() => checkTopics(Array.from({ length: 20 }, (_, index) => `dev/{thing}/topic-${index}`)),
		/20 topics the policy has \d+ characters/,
	);
});

test("the line that builds the firmware has endpoint, client id and a topic that the policy allows", () => {
	const endpoint = "a1-ats.iot.eu-west-1.amazonaws.com";
	assert.is(
		buildLine(endpoint, "base64url", topicSetting(thing, "base64url", "BABQ")),
		`mcconfig -d -m -p esp32 ssid=NAME password=PASSWORD endpoint=${endpoint} clientId=base64url topic=dev/{clientId}/echo`,
	);
	assert.is(
		buildLine(endpoint, "base64", undefined, false),
		`mcconfig -d -m -p esp32 ssid=NAME password=PASSWORD endpoint=${endpoint} address=ADDRESS port=PORT trustedRoots=ROOTS`,
	);
	assert.is(topicSetting(thing, "base64", "BABQ"), "topic=dev/BABQ/echo");
	assert.is(
		buildLine(endpoint, "base64", topicSetting({ kind: "try-out" }, "base64")),
		`mcconfig -d -m -p esp32 ssid=NAME password=PASSWORD endpoint=${endpoint}`,
	);
	assert.is(topicSetting({ kind: "thing", topics: ["test_topic/esp32"] }, "base64url"), "topic=test_topic/esp32");
});

test("an ARN's prefix is its partition, region and account", () => {
	assert.is(
		arnPrefix("arn:aws-us-gov:iot:us-gov-west-1:123456789012:cert/ab"),
		"arn:aws-us-gov:iot:us-gov-west-1:123456789012",
	);
	assert.throws(() => arnPrefix(""), /an ARN was expected/);
});

test("the fleet's policy is made once, however many ask at once, and only when it is not there", async () => {
	const fake = new FakeIot();
	for (let run = 0; run < 2; run++) {
		const plan = policies(fake, thing);
		await Promise.all(Array.from({ length: 10 }, () => plan.ensure(deviceNames(plain, "hex"), prefix)));
	}
	assert.is(fake.writes.length, 1);
	assert.equal(fake.refusals, []);
});

test("a policy of the same name with another document stops the run", async () => {
	const fake = new FakeIot();
	const { name } = policyOf(thing, deviceNames(plain, "hex"), prefix);
	fake.policies.set(name, "{}");
	try {
		await policies(fake, thing).ensure(deviceNames(plain, "hex"), prefix);
		assert.unreachable();
	} catch (error) {
		assert.match((error as Error).message, `${name} has another document`);
	}
	assert.is(fake.policies.get(name), "{}");
});

test("a document that the account has percent-encoded, or with other white space, is the same", async () => {
	const { name, document = "" } = policyOf(thing, deviceNames(plain, "hex"), prefix);
	for (const present of [encodeURIComponent(document), JSON.stringify(JSON.parse(document), null, 4)]) {
		const fake = new FakeIot();
		fake.policies.set(name, present);
		assert.is(await policies(fake, thing).ensure(deviceNames(plain, "hex"), prefix), name);
	}
});

test("an existing policy is used as it is, and must be there", async () => {
	const fake = new FakeIot();
	const choice: PolicyChoice = { kind: "existing", name: "mine" };
	let message = "";
	await policies(fake, choice)
		.ensure(deviceNames(plain, "hex"), prefix)
		.catch((error: Error) => {
			message = error.message;
		});
	assert.match(message, "no policy mine");
	fake.policies.set("mine", "{}");
	assert.is(await policies(fake, choice).ensure(deviceNames(plain, "hex"), prefix), "mine");
	assert.equal(fake.writes, []);
});

test.run();
