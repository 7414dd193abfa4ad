// SPDX-License-Identifier: MIT
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { answer, refusal } from "../aws-cli.js";
import { Fixture } from "./fixture.js";

const test = suite<{ fixture: Fixture }>("the AWS CLI on things");

test.before(async context => {
	context.fixture = await Fixture.start();
});

test.after(({ fixture }) => fixture.close());

test("a thing is created, described, attached, listed, detached and deleted, with AWS' errors on the way", async ({
	fixture,
}) => {
	const device = await fixture.makeDevice();
	await fixture.register(device, "INACTIVE");
	const principal = fixture.certificateArn(device);
	const thingArn = `arn:aws:iot:${fixture.core.region}:${fixture.core.account}:thing/chip-1`;
	const create = ["create-thing", "--thing-name", "chip-1", "--attribute-payload"];
	const { thingId, ...created } = await answer(fixture, ...create, "attributes={uid=01}");
	assert.equal(created, { thingName: "chip-1", thingArn });
	const [described, conflict] = await Promise.all([
		answer(fixture, "describe-thing", "--thing-name", "chip-1"),
		refusal(fixture, ...create, "attributes={uid=02}"),
		answer(fixture, "attach-thing-principal", "--thing-name", "chip-1", "--principal", principal),
	]);
	assert.equal(described, {
		defaultClientId: "chip-1",
		thingName: "chip-1",
		thingId,
		thingArn,
		attributes: { uid: "01" },
		version: 1,
	});
	assert.match(conflict, "(ResourceAlreadyExistsException) when calling the CreateThing operation");
	const [things, principals, listed, attachedThing, attachedCertificate] = await Promise.all([
		answer(fixture, "list-principal-things", "--principal", principal),
		answer(fixture, "list-thing-principals", "--thing-name", "chip-1"),
		answer(fixture, "list-things", "--attribute-name", "uid", "--attribute-value", "01"),
		refusal(fixture, "delete-thing", "--thing-name", "chip-1"),
		refusal(fixture, "delete-certificate", "--certificate-id", device.certificateId),
	]);
	assert.equal([things.things, principals.principals], [["chip-1"], [principal]]);
	assert.equal(listed.things, [{ thingName: "chip-1", thingArn, attributes: { uid: "01" }, version: 1 }]);
	assert.match(attachedThing, "(InvalidRequestException) when calling the DeleteThing operation");
	assert.match(attachedCertificate, "(DeleteConflictException) when calling the DeleteCertificate operation");
	await answer(fixture, "detach-thing-principal", "--thing-name", "chip-1", "--principal", principal);
	await answer(
		fixture,
		"update-thing",
		"--thing-name",
		"chip-1",
		"--attribute-payload",
		"attributes={lot=7},merge=true",
	);
	await answer(fixture, "delete-thing", "--thing-name", "chip-1", "--expected-version", "2");
	assert.match(
		await refusal(fixture, "describe-thing", "--thing-name", "chip-1"),
		"(ResourceNotFoundException) when calling the DescribeThing operation",
	);
});

test("a bulk registration without its object ends as Failed, and is listed so", async ({ fixture }) => {
	const { taskId } = await answer(
		fixture,
		"start-thing-registration-task",
		"--template-body",
		'{"Resources":{}}',
		"--input-file-bucket",
		"bucket",
		"--input-file-key",
		"things.ndjson",
		"--role-arn",
		"arn:aws:iam::123456789012:role/bulk",
	);
	const [task, listed, reports, stopped] = await Promise.all([
		answer(fixture, "describe-thing-registration-task", "--task-id", String(taskId)),
		answer(fixture, "list-thing-registration-tasks", "--status", "Failed"),
		answer(fixture, "list-thing-registration-task-reports", "--task-id", String(taskId), "--report-type", "ERRORS"),
		refusal(fixture, "stop-thing-registration-task", "--task-id", String(taskId)),
	]);
	assert.equal([task.status, task.successCount, listed.taskIds, reports.resourceLinks], ["Failed", 0, [taskId], []]);
	assert.match(stopped, "(InvalidRequestException)");
});

test.run();
