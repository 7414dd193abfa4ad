// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { ServiceError, type ServiceErrorName } from "../../../tools/iot-core/errors.js";
import { thingVariable } from "../../../tools/iot-core/policy/thing-variables.js";
import { Registry } from "../../../tools/iot-core/registry/registry.js";
import type { Things } from "../../../tools/iot-core/registry/things.js";
import { chip } from "../provision/chips.js";

const realm = { region: "eu-west-1", account: "111122223333" };

function refuses(call: () => unknown, name: ServiceErrorName, message?: RegExp): void {
	assert.throws(
		call,
		(error: Error) =>
			error instanceof ServiceError && error.name === name && (message === undefined || message.test(error.message)),
	);
}

interface Context {
	folder: string;
	registry: Registry;
	things: Things;
	principal: string;
	other: string;
}

const test = suite<Context>("things");
const open = (folder: string) => new Registry(realm, join(folder, "registry.ndjson"));
const pems = [chip(1).pem, chip(2).pem] as const;
const attributes = (values: Record<string, string>, more: object = {}) => ({
	attributePayload: { attributes: values, ...more },
});

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "things-"));
	const registry = (context.registry = open(context.folder));
	context.things = registry.things;
	registry.thingTypes.create("t", {});
	[context.principal, context.other] = pems.map(pem =>
		registry.certificateArn(registry.registerCertificateWithoutCA(pem).certificateId),
	) as [string, string];
});

test.after.each(({ folder, registry }) => {
	registry.close();
	rmSync(folder, { recursive: true });
});

test("creating the same thing again changes nothing", ({ things }) => {
	const first = things.create("a", attributes({ uid: "01", lot: "2" }));
	assert.equal(things.create("a", attributes({ lot: "2", uid: "01" })), first);
	assert.is(things.size, 1);
});

test("creating a thing with other attributes or another type names the one that is there", ({ things }) => {
	things.create("a", attributes({ uid: "01" }));
	for (const input of [attributes({ uid: "02" }), {}, { ...attributes({ uid: "01" }), thingTypeName: "t" }])
		assert.throws(
			() => things.create("a", input),
			(error: Error) => {
				assert.is(error.name, "ResourceAlreadyExistsException");
				assert.equal((error as ServiceError).details, {
					resourceId: "a",
					resourceArn: "arn:aws:iot:eu-west-1:111122223333:thing/a",
				});
				return true;
			},
		);
});

for (const [what, name, input] of [
	["a name with +", "a+b", {}],
	["a name with /", "a/b", {}],
	["a name of 129 characters", "a".repeat(129), {}],
	["an attribute value with +", "a", attributes({ uid: "a+b" })],
	["an attribute name with a space", "a", attributes({ "u id": "a" })],
	["an attribute that is no string", "a", { attributePayload: { attributes: { uid: 1 } } }],
	["a fourth attribute without a type", "a", attributes({ a: "1", b: "2", c: "3", d: "4" })],
	["a type that is no name", "a", { thingTypeName: "a b" }],
] as const) {
	test(`${what} is an invalid request`, ({ things }) => {
		refuses(() => things.create(name, input), "InvalidRequestException");
	});
}

test("a thing type or a billing group that does not exist is not found, and no thing is made", ({ things }) => {
	for (const input of [{ thingTypeName: "unknown" }, { billingGroupName: "b" }]) {
		refuses(() => things.create("a", input), "ResourceNotFoundException");
		things.create("b", {});
		refuses(() => things.update("b", input), "ResourceNotFoundException");
	}
	assert.is(things.find("a"), undefined);
});

test("a thing with a type may have more than three attributes", ({ things }) => {
	things.create("a", { ...attributes({ a: "1", b: "2", c: "3", d: "4" }), thingTypeName: "t" });
	assert.is(Object.keys(things.describe("a").attributes).length, 4);
});

test("an update replaces the attributes, or merges them, and an empty value removes one", ({ things }) => {
	things.create("a", attributes({ uid: "01" }));
	things.update("a", attributes({ lot: "2" }));
	assert.equal(things.describe("a").attributes, { lot: "2" });
	things.update("a", attributes({ uid: "01" }, { merge: true }));
	assert.equal(things.describe("a").attributes, { lot: "2", uid: "01" });
	things.update("a", attributes({ lot: "" }, { merge: true }));
	assert.equal(things.describe("a").attributes, { uid: "01" });
	assert.is(things.describe("a").version, 4);
});

test("an update without attributes leaves them, and a type is given and removed", ({ things }) => {
	things.create("a", attributes({ uid: "01" }));
	things.update("a", { thingTypeName: "t" });
	assert.is(things.describe("a").thingTypeName, "t");
	things.update("a", { removeThingType: true });
	assert.is(things.describe("a").thingTypeName, undefined);
	assert.equal(things.describe("a").attributes, { uid: "01" });
});

test("an update or a deletion that expects another version is a conflict", ({ things }) => {
	things.create("a", {});
	refuses(() => things.update("a", { expectedVersion: 2 }), "VersionConflictException");
	refuses(() => things.delete("a", "2"), "VersionConflictException");
	things.delete("a", "1");
	assert.is(things.size, 0);
});

test("a thing that is not there is not found, and deleting it succeeds", ({ things, principal }) => {
	for (const call of [
		() => things.describe("a"),
		() => things.update("a", {}),
		() => things.attach("a", principal),
		() => things.principalsOf("a"),
	])
		refuses(call, "ResourceNotFoundException");
	things.delete("a", undefined);
});

test("a thing is deleted when nothing is attached to it any more", ({ things, principal }) => {
	things.create("a", {});
	things.attach("a", principal);
	refuses(() => things.delete("a", undefined), "InvalidRequestException", /still attached/);
	things.detach("a", principal);
	things.delete("a", undefined);
	assert.is(things.find("a"), undefined);
});

test("a certificate with a thing is not deleted, not by force either", ({ registry, things, principal }) => {
	things.create("a", {});
	things.attach("a", principal);
	const id = principal.slice(-64);
	refuses(() => registry.deleteCertificate(id, false), "DeleteConflictException", /Things must be detached/);
	refuses(() => registry.deleteCertificate(id, true), "DeleteConflictException");
	things.detach("a", principal);
	registry.deleteCertificate(id, false);
	assert.is(registry.findCertificate(id), undefined);
});

test("attaching and detaching twice changes nothing", ({ things, principal }) => {
	things.create("a", {});
	things.attach("a", principal);
	things.attach("a", principal);
	assert.equal(things.principalsOf("a"), [{ name: principal, type: "NON_EXCLUSIVE_THING" }]);
	things.detach("a", principal);
	things.detach("a", principal);
	assert.equal(things.thingsOf(principal), []);
});

test("a principal that is none of this account is refused", ({ things }) => {
	things.create("a", {});
	refuses(() => things.attach("a", undefined), "InvalidRequestException");
	refuses(
		() => things.attach("a", `arn:aws:iot:us-east-1:111122223333:cert/${"a".repeat(64)}`),
		"InvalidRequestException",
	);
	refuses(
		() => things.attach("a", `arn:aws:iot:eu-west-1:111122223333:cert/${"a".repeat(64)}`),
		"ResourceNotFoundException",
	);
});

test("an exclusive thing is the only one of its principal", ({ things, principal }) => {
	things.create("a", {});
	things.create("b", {});
	things.attach("a", principal, "EXCLUSIVE_THING");
	refuses(() => things.attach("b", principal), "InvalidRequestException", /exclusively to thing a/);
	things.detach("a", principal);
	things.attach("b", principal);
	refuses(() => things.attach("a", principal, "EXCLUSIVE_THING"), "InvalidRequestException", /other things/);
	refuses(() => things.attach("a", principal, "EXCLUSIVE"), "InvalidRequestException");
});

test("a connection is of the thing that is named as the client id and attached", ({ things, principal, other }) => {
	things.create("a", {});
	things.attach("a", principal);
	assert.is(things.ofConnection(principal, "a")?.thingName, "a");
	assert.is(things.ofConnection(principal, "b"), undefined);
	assert.is(things.ofConnection(other, "a"), undefined);
});

test("a connection is of its principal's exclusive thing whatever the client id is", ({ things, principal }) => {
	things.create("a", {});
	things.attach("a", principal, "EXCLUSIVE_THING");
	assert.is(things.ofConnection(principal, "a+b")?.thingName, "a");
});

test("policy variables have the thing's name, type and attributes", ({ things }) => {
	const thing = things.create("a", { ...attributes({ lot: "2" }), thingTypeName: "t" });
	const value = (name: string) => thingVariable(`iot:Connection.Thing.${name}`, thing);
	assert.equal(["ThingName", "ThingTypeName", "Attributes[lot]", "IsAttached"].map(value), ["a", "t", "2", "true"]);
	assert.equal(["Attributes[toString]", "Attributes[uid]", "Other"].map(value), [undefined, undefined, undefined]);
});

test("without a thing, the only policy variable is that none is attached", () => {
	assert.is(thingVariable("iot:Connection.Thing.IsAttached", undefined), "false");
	assert.is(thingVariable("iot:Connection.Thing.ThingName", undefined), undefined);
});

test("attaching, detaching and updating say which certificate is concerned", ({ registry, things, principal }) => {
	const changed: string[] = [];
	registry.on("changed", id => changed.push(id));
	things.create("a", {});
	things.attach("a", principal);
	things.update("a", attributes({ lot: "2" }));
	things.detach("a", principal);
	assert.equal(changed, Array(3).fill(principal.slice(-64)));
});

test("things and attachments are there after a restart", context => {
	const { things, folder, principal, other } = context;
	things.create("a", attributes({ uid: "01" }));
	things.create("b", {});
	things.create("gone", {});
	things.attach("a", principal, "EXCLUSIVE_THING");
	things.attach("b", other);
	things.detach("b", other);
	things.delete("gone", undefined);
	const before = things.list();
	context.registry.close();
	context.registry = open(folder);
	assert.equal(context.registry.things.list(), before);
	assert.equal(context.registry.things.principalsOf("a"), [{ name: principal, type: "EXCLUSIVE_THING" }]);
	assert.equal(context.registry.things.principalsOf("b"), []);
});

test("things survive the rewriting of the file", context => {
	const { things, folder, principal } = context;
	things.create("a", attributes({ uid: "01" }));
	for (let index = 0; index < 600; index++) {
		things.attach("a", principal, "EXCLUSIVE_THING");
		things.detach("a", principal);
	}
	things.attach("a", principal, "EXCLUSIVE_THING");
	for (let restart = 0; restart < 2; restart++) {
		context.registry.close();
		context.registry = open(folder);
	}
	assert.equal(context.registry.things.thingsOf(principal), [{ name: "a", type: "EXCLUSIVE_THING" }]);
	assert.equal(context.registry.things.describe("a").attributes, { uid: "01" });
});

test.run();
