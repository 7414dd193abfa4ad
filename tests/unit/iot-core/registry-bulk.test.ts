// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import type { RegistrationTask } from "../../../tools/iot-core/bulk/task.js";
import { RegistrationTasks } from "../../../tools/iot-core/bulk/tasks.js";
import { Registry } from "../../../tools/iot-core/registry/registry.js";
import { bulkTemplate } from "../../../tools/provision/bulk.js";
import { chip } from "../provision/chips.js";

interface Context {
	folder: string;
	registry: Registry;
	tasks: RegistrationTasks;
	ids: string[];
}

const test = suite<Context>("bulk registration");
const policy = JSON.stringify({
	Version: "2012-10-17",
	Statement: [{ Effect: "Allow", Action: "iot:Connect", Resource: "*" }],
});
const pems = [chip(1).pem, chip(2).pem];
const request = {
	templateBody: bulkTemplate("fleet"),
	inputFileBucket: "bucket",
	inputFileKey: "fleet/things.ndjson",
	roleArn: "arn:aws:iam::111122223333:role/bulk",
};

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "bulk-"));
	context.registry = new Registry(
		{ region: "eu-west-1", account: "111122223333" },
		join(context.folder, "registry.ndjson"),
	);
	context.registry.policies.create("fleet", policy);
	context.ids = pems.map(pem => context.registry.registerCertificateWithoutCA(pem).certificateId);
	context.tasks = new RegistrationTasks(context.registry, {
		objects: join(context.folder, "s3"),
		reports: join(context.folder, "reports"),
	});
});

test.after.each(async ({ folder, registry, tasks }) => {
	await tasks.close();
	registry.close();
	rmSync(folder, { recursive: true });
});

const line = (id: string | undefined, name: string) =>
	JSON.stringify({ ThingName: name, CertificateId: id, Uid: "01" });

function put({ folder }: Context, lines: readonly string[]): void {
	mkdirSync(join(folder, "s3", "bucket", "fleet"), { recursive: true });
	writeFileSync(join(folder, "s3", "bucket", "fleet", "things.ndjson"), lines.map(text => `${text}\n`).join(""));
}

async function ended(task: RegistrationTask): Promise<RegistrationTask> {
	while (task.status === "InProgress" || task.status === "Cancelling") await nextTurn();
	return task;
}

function report(task: RegistrationTask, type: "ERRORS" | "RESULTS"): { lineNumber: number; errorCode?: string }[] {
	const [link = ""] = task.reports(type);
	return readFileSync(fileURLToPath(link), "utf8")
		.trimEnd()
		.split("\n")
		.map(text => JSON.parse(text));
}

test("each line becomes a thing, with policy and certificate, which gets ACTIVE", async context => {
	const { registry, tasks, ids } = context;
	put(context, [line(ids[0], "a"), line(ids[1], "b")]);
	const task = await ended(tasks.start(request));
	assert.equal([task.status, task.successCount, task.failureCount, task.percentageProgress], ["Completed", 2, 0, 100]);
	for (const [index, name] of ["a", "b"].entries()) {
		const principal = registry.certificateArn(ids[index] as string);
		assert.is(registry.describeCertificate(ids[index] as string).status, "ACTIVE");
		assert.equal(
			registry.things.principalsOf(name).map(attachment => attachment.name),
			[principal],
		);
		assert.equal(
			registry.policies.attachedTo(principal).map(({ policyName }) => policyName),
			["fleet"],
		);
	}
	assert.equal(
		report(task, "RESULTS").map(({ lineNumber }) => lineNumber),
		[1, 2],
	);
	assert.equal(task.reports("ERRORS"), []);
});

test("a line that cannot be registered is in the report, and the rest is registered", async context => {
	const { registry, tasks, ids } = context;
	put(context, [
		line("ab".repeat(32), "a"),
		"{",
		JSON.stringify({ ThingName: "c" }),
		line(ids[0], "a+b"),
		line(ids[1], "b"),
	]);
	const task = await ended(tasks.start(request));
	assert.equal([task.status, task.successCount, task.failureCount], ["Completed", 1, 4]);
	assert.equal(
		report(task, "ERRORS").map(({ lineNumber, errorCode }) => [lineNumber, errorCode]),
		[
			[1, "ResourceNotFoundException"],
			[2, "InvalidRequestException"],
			[3, "InvalidRequestException"],
			[4, "InvalidRequestException"],
		],
	);
	assert.equal(
		registry.things.list().map(({ thingName }) => thingName),
		["b"],
	);
});

test("the same input again changes nothing", async context => {
	const { registry, tasks, ids } = context;
	put(context, [line(ids[0], "a")]);
	await ended(tasks.start(request));
	await nextTurn();
	assert.is((await ended(tasks.start(request))).successCount, 1);
	assert.is(registry.things.describe("a").version, 1);
});

test("an account runs one task at a time", async context => {
	put(context, [line(context.ids[0], "a")]);
	const first = context.tasks.start(request);
	assert.throws(
		() => context.tasks.start(request),
		(error: Error) => error.name === "InvalidRequestException" && error.message.includes(first.taskId),
	);
	await ended(first);
});

test("a task that is stopped leaves the rest of its input alone", async context => {
	put(
		context,
		Array.from({ length: 1000 }, (_, index) => line(context.ids[0], `thing-${index}`)),
	);
	const task = context.tasks.start(request);
	while (task.successCount < 10) await nextTurn();
	task.cancel();
	await ended(task);
	assert.is(task.status, "Cancelled");
	assert.ok(context.registry.things.size < 1000);
	assert.throws(
		() => task.cancel(),
		(error: Error) => error.name === "InvalidRequestException",
	);
});

test("an input that is not there fails the task, with the object's name", async ({ tasks }) => {
	const task = await ended(tasks.start(request));
	assert.is(task.status, "Failed");
	assert.match(String(task.message), "bucket/fleet/things.ndjson could not be read (ENOENT)");
});

test("tasks are listed by status", async ({ tasks }) => {
	const task = await ended(tasks.start(request));
	assert.equal(
		tasks.list("Failed").map(({ taskId }) => taskId),
		[task.taskId],
	);
	assert.equal(tasks.list("Completed"), []);
	assert.throws(
		() => tasks.list("failed"),
		(error: Error) => error.name === "InvalidRequestException",
	);
});

const withTemplate = (template: object) => ({ templateBody: JSON.stringify(template) });
const thing = (properties: object) => ({
	Parameters: { ThingName: { Type: "String" } },
	Resources: { thing: { Type: "AWS::IoT::Thing", Properties: properties } },
});

for (const [what, change, message] of [
	["a template that is not JSON", { templateBody: "{" }, /not JSON/],
	["a template without resources", withTemplate({}), /Resources/],
	[
		"a resource of an unknown type",
		withTemplate({ Resources: { a: { Type: "AWS::S3::Bucket" } } }),
		/Resources\.a\.Type/,
	],
	["a reference to no parameter", withTemplate(thing({ ThingName: { Ref: "Name" } })), /Ref names Name/],
	["a function that is not served", withTemplate(thing({ ThingName: { "Fn::Sub": "a" } })), /Fn::Sub/],
	["a template over 10 240 characters", { templateBody: " ".repeat(10_241) }, /10240/],
	["a role that is none", { roleArn: "arn:aws:iam::1:user/somebody" }, /roleArn/],
	["a key that leaves its bucket", { inputFileKey: "../../registry.ndjson" }, /names no object/],
	["a bucket that leaves the folder", { inputFileBucket: "..." }, /names no object/],
] as const) {
	test(`${what} is an invalid request`, ({ tasks }) => {
		assert.throws(
			() => tasks.start({ ...request, ...change }),
			(error: Error) => error.name === "InvalidRequestException" && message.test(error.message),
		);
	});
}

test("a template joins parameters, takes defaults, and says what becomes of a thing that is there", async context => {
	const { registry, tasks } = context;
	registry.things.create("chip-a", { attributePayload: { attributes: { uid: "01" } } });
	put(context, [JSON.stringify({ ThingName: "a" })]);
	const template = thing({
		ThingName: { "Fn::Join": ["-", ["chip", { Ref: "ThingName" }]] },
		AttributePayload: { lot: { Ref: "Lot" } },
	});
	const merged = {
		Parameters: { ...template.Parameters, Lot: { Type: "String", Default: "7" } },
		Resources: { thing: { ...template.Resources.thing, OverrideSettings: { AttributePayload: "MERGE" } } },
	};
	await ended(tasks.start({ ...request, ...withTemplate(merged) }));
	assert.equal(registry.things.describe("chip-a").attributes, { uid: "01", lot: "7" });
});

test.run();
