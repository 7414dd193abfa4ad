// SPDX-License-Identifier: MIT
/** Policy versions, thing types, thing groups and tags. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { ServiceError, type ServiceErrorName } from "../../../tools/iot-core/errors.js";
import { Registry } from "../../../tools/iot-core/registry/registry.js";

const realm = { region: "eu-west-1", account: "111122223333" };
const document = (resource: string) =>
	JSON.stringify({
		Version: "2012-10-17",
		Statement: [{ Effect: "Allow", Action: "iot:Connect", Resource: resource }],
	});

interface Context {
	folder: string;
	registry: Registry;
	certificateId: string;
	principal: string;
	changed: string[];
}

const test = suite<Context>("policy versions, types, groups and tags");
let pem = "";

test.before(() => {
	const args = [
		"req",
		"-x509",
		"-newkey",
		"ec",
		"-pkeyopt",
		"ec_paramgen_curve:P-256",
		"-nodes",
		"-keyout",
		"/dev/null",
	];
	pem = execFileSync("openssl", [...args, "-subj", "/CN=unit", "-days", "2"], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
	});
});

const open = (folder: string) => new Registry(realm, join(folder, "registry.ndjson"));

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "groups-"));
	const registry = (context.registry = open(context.folder));
	context.certificateId = registry.registerCertificateWithoutCA(pem, "ACTIVE").certificateId;
	context.principal = registry.certificateArn(context.certificateId);
	context.changed = [];
	registry.on("changed", id => context.changed.push(id));
});

test.after.each(({ folder, registry }) => {
	registry.close();
	rmSync(folder, { recursive: true });
});

function refuses(call: () => unknown, name: ServiceErrorName, message = /./): void {
	assert.throws(
		call,
		(error: Error) => error instanceof ServiceError && error.name === name && message.test(error.message),
	);
}

/** Resources that a certificate's policies allow. */
const allowed = (registry: Registry, certificateId: string) =>
	registry.statementsOf(certificateId).flatMap(({ resources }) => resources);

test("the default version of a policy is the one that counts, and a change of it judges connections again", ({
	registry,
	certificateId,
	principal,
	changed,
}) => {
	const { policies } = registry;
	policies.create("p", document("arn:one"));
	policies.attach("p", principal);
	changed.splice(0);
	assert.is(policies.createVersion("p", document("arn:two"), false).versionId, "2");
	assert.equal(allowed(registry, certificateId), ["arn:one"]);
	policies.setDefaultVersion("p", "2");
	assert.equal(allowed(registry, certificateId), ["arn:two"]);
	assert.ok(changed.includes(certificateId));
	policies.createVersion("p", document("arn:three"), true);
	assert.equal(allowed(registry, certificateId), ["arn:three"]);
	assert.equal(policies.targetsOf("p"), [principal]);
});

test("a policy has at most five versions, whose numbers are never used twice", ({ registry: { policies } }) => {
	policies.create("p", document("arn:x"));
	for (let version = 2; version <= 5; version++) policies.createVersion("p", document("arn:x"), false);
	refuses(
		() => policies.createVersion("p", document("arn:x"), false),
		"VersionsLimitExceededException",
		/has the maximum number of versions \(5\)$/,
	);
	policies.deleteVersion("p", "5");
	assert.is(policies.createVersion("p", document("arn:x"), false).versionId, "6");
	refuses(() => policies.version("p", "5"), "ResourceNotFoundException");
	refuses(() => policies.createVersion("p", "{}", false), "MalformedPolicyException");
});

test("neither the default version nor a policy with other versions can be deleted", ({ registry: { policies } }) => {
	policies.create("p", document("arn:x"));
	policies.createVersion("p", document("arn:x"), true);
	refuses(() => policies.deleteVersion("p", "2"), "DeleteConflictException");
	refuses(() => policies.delete("p"), "DeleteConflictException", /one or more policy versions/);
	policies.deleteVersion("p", "1");
	policies.delete("p");
	refuses(() => policies.get("p"), "ResourceNotFoundException");
});

test("a thing type is deprecated, then deleted, and while it is deprecated no new thing has it", ({
	registry: { thingTypes, things },
}) => {
	const properties = { thingTypeDescription: "d", searchableAttributes: ["a", "b"] };
	const first = thingTypes.create("t", { thingTypeProperties: properties });
	assert.equal(thingTypes.create("t", { thingTypeProperties: properties }), first);
	refuses(() => thingTypes.create("t", {}), "ResourceAlreadyExistsException");
	things.create("one", { thingTypeName: "t" });
	refuses(() => thingTypes.delete("t"), "InvalidRequestException", /deprecated first/);
	thingTypes.deprecate("t", false);
	refuses(() => things.create("two", { thingTypeName: "t" }), "InvalidRequestException", /is deprecated/);
	refuses(() => thingTypes.delete("t"), "InvalidRequestException", /things have it/);
	thingTypes.deprecate("t", true);
	things.create("two", { thingTypeName: "t" });
	for (const name of ["one", "two"]) things.delete(name, undefined);
	thingTypes.deprecate("t", false);
	thingTypes.delete("t");
	refuses(() => thingTypes.describe("t"), "ResourceNotFoundException");
});

for (const [what, properties] of [
	["more than three searchable attributes", { searchableAttributes: ["a", "b", "c", "d"] }],
	["a property that is not served", { mqtt5Configuration: {} }],
	["a description that is no text", { thingTypeDescription: 7 }],
] as const)
	test(`a thing type with ${what} is refused, not cut down`, ({ registry: { thingTypes } }) =>
		refuses(() => thingTypes.create("t", { thingTypeProperties: properties }), "InvalidRequestException"));

test("the policies of a group, and of those above it, are for the certificates of its things", ({
	registry,
	certificateId,
	principal,
	changed,
}) => {
	const { policies, things, thingGroups } = registry;
	for (const name of ["own", "child", "parent", "other"]) policies.create(name, document(`arn:${name}`));
	thingGroups.create("parent", {});
	thingGroups.create("child", { parentGroupName: "parent" });
	thingGroups.create("other", {});
	for (const name of ["child", "parent", "other"]) policies.attach(name, thingGroups.arn(name));
	policies.attach("own", principal);
	things.create("thing", {});
	things.attach("thing", principal);
	assert.equal(allowed(registry, certificateId), ["arn:own"]);
	changed.splice(0);
	thingGroups.add("child", "thing");
	assert.equal(allowed(registry, certificateId), ["arn:own", "arn:child", "arn:parent"]);
	assert.equal(changed.splice(0), [certificateId]);
	policies.detach("parent", thingGroups.arn("parent"));
	assert.equal(allowed(registry, certificateId), ["arn:own", "arn:child"]);
	assert.equal(changed.splice(0), [certificateId]);
	policies.detach("other", thingGroups.arn("other"));
	assert.equal(changed.splice(0), []);
	thingGroups.remove("child", "thing");
	assert.equal(allowed(registry, certificateId), ["arn:own"]);
	assert.equal(changed.splice(0), [certificateId]);
	thingGroups.add("child", "thing");
	thingGroups.delete("child", undefined);
	assert.equal(allowed(registry, certificateId), ["arn:own"]);
	assert.equal(policies.targetsOf("child"), []);
});

test("a group keeps its parent and its bounds", ({ registry: { thingGroups, things } }) => {
	refuses(() => thingGroups.create("a", { parentGroupName: "unknown" }), "ResourceNotFoundException");
	thingGroups.create("level-1", {});
	for (let level = 2; level <= 7; level++)
		thingGroups.create(`level-${level}`, { parentGroupName: `level-${level - 1}` });
	refuses(() => thingGroups.create("level-8", { parentGroupName: "level-7" }), "InvalidRequestException", /7 levels/);
	refuses(() => thingGroups.create("level-2", {}), "ResourceAlreadyExistsException");
	refuses(() => thingGroups.delete("level-6", undefined), "InvalidRequestException", /child groups/);
	refuses(() => thingGroups.delete("level-7", 2), "VersionConflictException");
	thingGroups.delete("level-7", 1);
	thingGroups.delete("never-was", undefined);
	things.create("thing", {});
	for (let group = 1; group <= 10; group++) {
		thingGroups.create(`g-${group}`, {});
		thingGroups.add(`g-${group}`, "thing");
	}
	thingGroups.create("g-11", {});
	refuses(() => thingGroups.add("g-11", "thing"), "InvalidRequestException", /at most 10 groups/);
	refuses(() => thingGroups.add("g-11", "unknown"), "ResourceNotFoundException");
	things.delete("thing", undefined);
	assert.equal(thingGroups.things("g-1"), []);
});

test("tags are for policies, groups and types, and go with them", ({ registry, principal }) => {
	const { policies, tags } = registry;
	policies.create("p", document("arn:x"));
	tags.add(policies.arn("p"), [{ Key: "a", Value: "1" }, { Key: "b" }]);
	tags.add(policies.arn("p"), [{ Key: "a", Value: "2" }]);
	assert.equal(tags.of(policies.arn("p")), { a: "2", b: "" });
	tags.remove(policies.arn("p"), ["b", "c"]);
	assert.equal(tags.of(policies.arn("p")), { a: "2" });
	refuses(() => tags.add(principal, [{ Key: "a" }]), "InvalidRequestException", /other resources have no tags/);
	refuses(() => tags.add(policies.arn("unknown"), []), "ResourceNotFoundException");
	refuses(() => tags.add(policies.arn("p"), [{ Key: "" }]), "InvalidRequestException");
	const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}` }));
	refuses(() => tags.add(policies.arn("p"), many), "LimitExceededException");
	policies.delete("p");
	tags.forget(policies.arn("p"));
	policies.create("p", document("arn:x"));
	assert.equal(tags.of(policies.arn("p")), {});
});

test("all of it is there again after a restart", ({ folder, registry, certificateId, principal }) => {
	const { policies, things, thingTypes, thingGroups, tags } = registry;
	policies.create("p", document("arn:one"));
	policies.createVersion("p", document("arn:two"), true);
	thingTypes.create("t", { thingTypeProperties: { thingTypeDescription: "d" } });
	thingTypes.deprecate("t", false);
	thingGroups.create("parent", {});
	thingGroups.create("child", { parentGroupName: "parent", thingGroupProperties: { thingGroupDescription: "é" } });
	things.create("thing", {});
	things.attach("thing", principal);
	thingGroups.add("child", "thing");
	policies.attach("p", thingGroups.arn("parent"));
	tags.add(thingGroups.arn("child"), [{ Key: "a", Value: "1" }]);
	const again = open(folder);
	assert.equal(again.policies.list(), policies.list());
	assert.equal(again.thingTypes.list(), thingTypes.list());
	assert.equal(again.thingGroups.list(), thingGroups.list());
	assert.equal(again.thingGroups.things("parent", true), ["thing"]);
	assert.equal(again.tags.of(thingGroups.arn("child")), { a: "1" });
	assert.equal(allowed(again, certificateId), ["arn:two"]);
	again.close();
});

test("a policy of a journal of before there were versions has version 1", ({ folder }) => {
	const file = join(folder, "old.ndjson");
	const record = { policyName: "old", document: document("arn:old"), creationDate: 7, generationId: "g" };
	writeFileSync(file, `${JSON.stringify({ change: "policy", record })}\n`);
	const old = new Registry(realm, file);
	const { policies } = old;
	assert.equal(policies.version("old", "1"), { versionId: "1", document: document("arn:old"), creationDate: 7 });
	assert.is(policies.get("old").defaultVersionId, "1");
	old.close();
});

test.run();
