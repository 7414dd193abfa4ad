// SPDX-License-Identifier: MIT
/** Things in the policies of devices that are connected: the policies of AWS' own examples. */

import {
	AttachThingPrincipalCommand,
	CreateThingCommand,
	DetachThingPrincipalCommand,
	type ThingPrincipalType,
} from "@aws-sdk/client-iot";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { allowAll, type DeviceIdentity, Fixture, happened, nextMessage, type StatementJson } from "./fixture.js";

const test = suite<{ fixture: Fixture }>("things of connected devices");

test.before(async context => {
	context.fixture = await Fixture.start();
});

test.after(({ fixture }) => fixture.close());

/** Developer guide, "Security best practices" and "Thing policy examples": a device may do what is its thing's. */
function ofTheThing({ core }: Fixture): StatementJson[] {
	const arn = (resource: string) => `arn:aws:iot:${core.region}:${core.account}:${resource}`;
	const topic = "dev/${iot:Connection.Thing.ThingName}/echo";
	return [
		{
			Effect: "Allow",
			Action: "iot:Connect",
			Resource: arn("client/${iot:Connection.Thing.ThingName}"),
			Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } },
		},
		{ Effect: "Allow", Action: ["iot:Publish", "iot:Receive"], Resource: arn(`topic/${topic}`) },
		{ Effect: "Allow", Action: "iot:Subscribe", Resource: arn(`topicfilter/${topic}`) },
	];
}

async function attach(
	fixture: Fixture,
	device: DeviceIdentity,
	thingName: string,
	thingPrincipalType?: ThingPrincipalType,
): Promise<void> {
	await fixture.client.send(
		new CreateThingCommand({ thingName, attributePayload: { attributes: { room: "cellar" } } }),
	);
	await fixture.client.send(
		new AttachThingPrincipalCommand({
			thingName,
			principal: fixture.certificateArn(device),
			...(thingPrincipalType === undefined ? {} : { thingPrincipalType }),
		}),
	);
}

test("a device may connect as its thing, and use its thing's topics", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice(ofTheThing(fixture));
	await attach(fixture, device, "pump");
	const client = fixture.connect(device, { clientId: "pump" });
	await client.subscribeAsync("dev/pump/echo", { qos: 1 });
	const message = nextMessage(client);
	await client.publishAsync("dev/pump/echo", "x", { qos: 1 });
	assert.is(await message, "dev/pump/echo x");
	const closed = happened(client, "close");
	client.publish("dev/valve/echo", "x");
	await closed;
	await fixture.logged(/^refused pump .*: no attached policy allows iot:Publish on dev\/valve\/echo$/);
});

test("a device may not connect under another name than its thing's, nor as a thing that is not attached", async ({
	fixture,
}) => {
	const device = await fixture.makeRegisteredDevice(ofTheThing(fixture));
	await fixture.client.send(new CreateThingCommand({ thingName: "lamp" }));
	await happened(fixture.connect(device, { clientId: "lamp" }), "close");
	await fixture.logged(/^refused lamp .*: no attached policy allows iot:Connect on lamp$/);
	await attach(fixture, device, "fan");
	await happened(fixture.connect(device, { clientId: "lamp" }), "close");
});

test("an exclusive thing gives its variables whatever the client id is, and its name to lifecycle events", async ({
	fixture,
}) => {
	const [connect, ...rest] = ofTheThing(fixture);
	const device = await fixture.makeRegisteredDevice([{ ...(connect as StatementJson), Resource: "*" }, ...rest]);
	await attach(fixture, device, "meter", "EXCLUSIVE_THING");
	const watcher = fixture.connect(await fixture.makeRegisteredDevice(allowAll), { clientId: "watcher" });
	await watcher.subscribeAsync("$aws/events/presence/connected/BABQ-x_y");
	const event = nextMessage(watcher);
	const client = fixture.connect(device, { clientId: "BABQ-x_y" });
	await client.subscribeAsync("dev/meter/echo");
	const message = nextMessage(client);
	await client.publishAsync("dev/meter/echo", "x", { qos: 1 });
	assert.is(await message, "dev/meter/echo x");
	assert.match(await event, /"clientId":"BABQ-x_y","thingName":"meter"/);
	await client.endAsync();
	await watcher.endAsync();
});

test("a thing's attribute can be asked for in a condition", async ({ fixture }) => {
	const condition = (room: string): StatementJson[] => [
		{
			Effect: "Allow",
			Action: "iot:Connect",
			Resource: "*",
			Condition: { StringEquals: { "iot:Connection.Thing.Attributes[room]": room } },
		},
	];
	const device = await fixture.makeRegisteredDevice(condition("cellar"));
	await attach(fixture, device, "heater");
	const client = fixture.connect(device, { clientId: "heater" });
	await happened(client, "connect");
	await client.endAsync();
	const other = await fixture.makeRegisteredDevice(condition("attic"));
	await attach(fixture, other, "cooler");
	await happened(fixture.connect(other, { clientId: "cooler" }), "close");
});

test("a device whose thing is detached loses its connection", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice(ofTheThing(fixture));
	await attach(fixture, device, "gate");
	const client = fixture.connect(device, { clientId: "gate" });
	await happened(client, "connect");
	const closed = happened(client, "close");
	await fixture.client.send(
		new DetachThingPrincipalCommand({ thingName: "gate", principal: fixture.certificateArn(device) }),
	);
	await closed;
	await fixture.logged(/^refused gate .*: no attached policy allows iot:Connect on gate$/);
});

test.run();
