// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IoTClient } from "@aws-sdk/client-iot";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BulkTask } from "../../../tools/provision/account/bulk-task.js";
import { Caller } from "../../../tools/provision/account/caller.js";
import { BulkInput, bulkTemplate } from "../../../tools/provision/bulk.js";
import { readChipCertificate } from "../../../tools/provision/certificate.js";
import { deviceNames } from "../../../tools/provision/identity.js";
import { chip } from "./chips.js";
import { FakeIot } from "./fake-iot.js";
import { resultsOf, runOnce, temporaryFolder } from "./harness.js";
import { VirtualPacingClock } from "./virtual-clock.js";

const chips = [0, 1].map(index => chip(index));

/** A task that looks as given, one answer after the other. */
function taskOf(answers: readonly object[], sent: object[] = []): BulkTask {
	const left = [...answers];
	const send = async ({ input }: { input: object }) => {
		sent.push(input);
		return left.shift() ?? {};
	};
	const clock = new VirtualPacingClock();
	return new BulkTask({ send } as unknown as Pick<IoTClient, "send">, new Caller({ clock, rate: 100 }), clock);
}

test("the template takes a registered certificate by its id, and activates it", () => {
	const { Parameters, Resources } = JSON.parse(bulkTemplate("fleet", "sensor"));
	assert.equal(Resources.certificate, {
		Type: "AWS::IoT::Certificate",
		Properties: { CertificateId: { Ref: "CertificateId" }, Status: "ACTIVE" },
		OverrideSettings: { Status: "REPLACE" },
	});
	assert.equal(Resources.policy.Properties, { PolicyName: "fleet" });
	assert.equal(Resources.thing.Properties, {
		ThingName: { Ref: "ThingName" },
		AttributePayload: { uid: { Ref: "Uid" }, "moddable-se050-certificate": { Ref: "CertificateId" } },
		ThingTypeName: "sensor",
	});
	assert.equal(Object.keys(Parameters), ["ThingName", "CertificateId", "Uid"]);
});

test("the input has a line for each device with exactly the template's parameters", () => {
	const path = join(temporaryFolder(), "things.ndjson");
	const input = new BulkInput(path);
	const ids = chips.map(({ uid, pem }) => {
		const certificate = readChipCertificate(pem, uid);
		input.write(certificate, deviceNames(uid, "base64url"));
		return certificate.id;
	});
	input.close();
	const lines = readFileSync(path, "utf8")
		.trimEnd()
		.split("\n")
		.map(line => JSON.parse(line));
	assert.equal(
		lines.map(({ CertificateId }) => CertificateId),
		ids,
	);
	assert.equal(Object.keys(lines[0]).sort(), Object.keys(JSON.parse(bulkTemplate("fleet")).Parameters).sort());
	assert.is(lines[0].ThingName, deviceNames(chips[0]?.uid ?? "", "base64url").thingName);
});

test("preparing registers INACTIVE, makes the policy, and attaches nothing; a second time it writes nothing", async () => {
	const setup = { fake: new FakeIot(), folder: temporaryFolder(), settings: { registerOnly: true } };
	for (let run = 0; run < 2; run++) {
		assert.equal(resultsOf(await runOnce(chips, setup)), ["registered", "registered"]);
		assert.equal(
			[...setup.fake.certificates.values()].map(({ status }) => status),
			["INACTIVE", "INACTIVE"],
		);
		assert.is(setup.fake.writes.length, 3);
	}
	assert.is(setup.fake.policies.size, 1);
});

test("what was prepared can be finished without the bulk engine", async () => {
	const setup = { fake: new FakeIot(), folder: temporaryFolder() };
	await runOnce(chips, { ...setup, settings: { registerOnly: true } });
	assert.equal(resultsOf(await runOnce(chips, setup)), ["completed", "completed"]);
	assert.equal(
		[...setup.fake.certificates.values()].map(({ status }) => status),
		["ACTIVE", "ACTIVE"],
	);
	assert.equal(setup.fake.refusals, []);
});

test("a task is started with template, bucket, key and role", async () => {
	const sent: object[] = [];
	const id = await taskOf([{ taskId: "t1" }], sent).start({
		bucket: "b",
		key: "k",
		roleArn: "arn:aws:iam::123456789012:role/r",
		template: "{}",
	});
	assert.is(id, "t1");
	assert.equal(sent, [
		{ inputFileBucket: "b", inputFileKey: "k", roleArn: "arn:aws:iam::123456789012:role/r", templateBody: "{}" },
	]);
});

test("a task is followed to its end, and told when something has changed", async () => {
	const looks = [
		["InProgress", 0],
		["InProgress", 0],
		["InProgress", 50],
		["Completed", 100],
	] as const;
	const told: number[] = [];
	const end = await taskOf(
		looks.map(([status, percentageProgress]) => ({
			status,
			percentageProgress,
			successCount: percentageProgress,
			failureCount: 1,
		})),
	).follow("t1", ({ percent }) => told.push(percent));
	assert.equal(told, [0, 50, 100]);
	assert.equal(end, { status: "Completed", succeeded: 100, failed: 1, percent: 100, message: "" });
});

test("all pages of a task's reports are read", async () => {
	const task = taskOf([{ resourceLinks: ["a", "b"], nextToken: "n" }, { resourceLinks: ["c"] }]);
	assert.equal(await task.reports("t1", "ERRORS"), ["a", "b", "c"]);
});

test.run();
