// SPDX-License-Identifier: MIT
/** Retained messages, last wills and topic filters, as AWS IoT has them. */

import type { MqttClient } from "mqtt";
import { suite } from "uvu";
import * as assert from "uvu/assert";

import { allowAll, type DeviceIdentity, Fixture, happened, nextMessage, type StatementJson } from "./fixture.js";

const test = suite<{ fixture: Fixture; device: DeviceIdentity }>("messages of iot-core");

test.before(async context => {
	context.fixture = await Fixture.start({ limits: { retained: 3 } });
	context.device = await context.fixture.makeRegisteredDevice();
});

test.after(({ fixture }) => fixture.close());

/** What a client gets, as "topic payload", with "retained" in front of a message that has RETAIN. */
function gathered(client: MqttClient): string[] {
	const messages: string[] = [];
	client.on("message", (topic, payload, { retain }) =>
		messages.push(`${retain ? "retained " : ""}${topic} ${payload.toString()}`),
	);
	return messages;
}

async function connected(fixture: Fixture, device: DeviceIdentity, clientId: string): Promise<MqttClient> {
	const client = fixture.connect(device, { clientId });
	client.on("error", () => undefined);
	await happened(client, "connect");
	return client;
}

/** Publishes to a topic of the client's own and waits for it: what went before has come by then. */
async function settled(client: MqttClient): Promise<void> {
	const topic = `settled/${client.options.clientId}`;
	await client.subscribeAsync(topic);
	const message = new Promise<void>(resolve => client.on("message", at => at === topic && resolve()));
	await client.publishAsync(topic, "");
	await message;
}

test("a retained message comes with RETAIN to who subscribes to exactly its topic, and without to who has subscribed", async ({
	fixture,
	device,
}) => {
	const client = await connected(fixture, device, "retaining");
	await client.subscribeAsync("kept/a");
	const messages = gathered(client);
	await client.publishAsync("kept/a", "1", { qos: 1, retain: true });
	await settled(client);
	await client.subscribeAsync("kept/a");
	await settled(client);
	assert.equal(
		messages.filter(message => message.includes("kept")),
		["kept/a 1", "retained kept/a 1"],
	);
	await client.publishAsync("kept/a", "", { qos: 1, retain: true });
	await client.endAsync();
});

test("topic filters with wildcards get no retained messages", async ({ fixture, device }) => {
	const client = await connected(fixture, device, "wild");
	await client.publishAsync("kept/b", "1", { qos: 1, retain: true });
	const messages = gathered(client);
	await client.subscribeAsync(["kept/+", "kept/#", "+/b", "#"]);
	await settled(client);
	assert.equal(
		messages.filter(message => message.includes("kept")),
		[],
	);
	await client.publishAsync("kept/b", "", { qos: 1, retain: true });
	await client.endAsync();
});

test("an empty retained message deletes the one of its topic, and comes to who has subscribed", async ({
	fixture,
	device,
}) => {
	const client = await connected(fixture, device, "deleting");
	await client.publishAsync("kept/c", "1", { qos: 1, retain: true });
	await client.subscribeAsync("kept/c");
	await settled(client);
	const messages = gathered(client);
	await client.publishAsync("kept/c", "", { qos: 1, retain: true });
	await settled(client);
	await client.subscribeAsync("kept/c");
	await settled(client);
	assert.equal(
		messages.filter(message => message.includes("kept")),
		["kept/c "],
	);
	await client.endAsync();
});

test("more retained messages than there may be are neither kept nor acknowledged", async ({ fixture, device }) => {
	const client = await connected(fixture, device, "hoarding");
	for (const topic of ["hoard/1", "hoard/2", "hoard/3"])
		await client.publishAsync(topic, "x", { qos: 1, retain: true });
	let acknowledged = false;
	client.publish("hoard/4", "x", { qos: 1, retain: true }, error => (acknowledged = error == null));
	await fixture.logged(/^discarded hoarding .*: THROTTLED: there are already 3 retained messages/);
	await settled(client);
	assert.is(acknowledged, false);
	for (const topic of ["hoard/1", "hoard/2", "hoard/3"]) await client.publishAsync(topic, "", { qos: 0, retain: true });
	await client.endAsync(true);
});

test("a/# gets what is below a, and not a itself", async ({ fixture, device }) => {
	const client = await connected(fixture, device, "parent");
	await client.subscribeAsync("sensor/#");
	const messages = gathered(client);
	for (const topic of ["sensor", "sensor/", "sensor/temperature", "sensor/temperature/room1"])
		await client.publishAsync(topic, "x", { qos: 1 });
	await settled(client);
	assert.equal(messages.filter(message => message.startsWith("sensor")).sort(), [
		"sensor/ x",
		"sensor/temperature x",
		"sensor/temperature/room1 x",
	]);
	await client.endAsync();
});

test("overlapping topic filters get one message, at the highest QoS of theirs", async ({ fixture, device }) => {
	const client = await connected(fixture, device, "overlapping");
	await client.subscribeAsync({ "over/#": { qos: 1 }, "over/lap": { qos: 0 } });
	const levels: number[] = [];
	client.on("message", (topic, _, { qos }) => topic === "over/lap" && levels.push(qos));
	await client.publishAsync("over/lap", "x", { qos: 1 });
	await settled(client);
	assert.equal(levels, [1]);
	await client.endAsync();
});

test("Basic Ingest is taken and acknowledged, and comes to no device", async ({ fixture, device }) => {
	const client = await connected(fixture, device, "ingest");
	await client.subscribeAsync("$aws/rules/#");
	const messages = gathered(client);
	await client.publishAsync("$aws/rules/myrule/a/b", "x", { qos: 1 });
	await settled(client);
	assert.equal(
		messages.filter(message => message.startsWith("$aws")),
		[],
	);
	const closed = happened(client, "close");
	client.publish("$aws/rules/myrule/a", "x", { retain: true });
	await closed;
	await fixture.logged(/^refused ingest .*: the topic \$aws\/rules\/myrule\/a is reserved/);
});

/** Loses the connection of a device with a last will, and returns what a watcher of `will/#` gets, up to `will/last`. */
async function willOf(
	fixture: Fixture,
	device: DeviceIdentity,
	clientId: string,
	will: { topic: string; retain?: boolean },
	lose: (client: MqttClient) => unknown,
): Promise<string[]> {
	const watcher = fixture.connect(await fixture.makeRegisteredDevice(), { clientId: `watcher-${clientId}` });
	await watcher.subscribeAsync("will/#");
	const messages = gathered(watcher);
	const client = fixture.connect(device, {
		clientId,
		will: { ...will, payload: Buffer.from("gone"), qos: 1, retain: will.retain ?? false },
	});
	client.on("error", () => undefined);
	await happened(client, "connect");
	const closed = happened(client, "close");
	await lose(client);
	await closed;
	await fixture.logged(new RegExp(`^(disconnected|disconnecting|refused) ${clientId} `));
	const end = new Promise<void>(resolve => watcher.on("message", topic => topic === "will/last" && resolve()));
	await watcher.publishAsync("will/last", "", { qos: 1 });
	await end;
	await watcher.endAsync();
	return messages.filter(message => !message.startsWith("will/last "));
}

test("a last will is published when the client id is taken over", async ({ fixture, device }) => {
	const other: MqttClient[] = [];
	assert.equal(
		await willOf(fixture, device, "taken", { topic: "will/taken" }, () =>
			other.push(fixture.connect(device, { clientId: "taken" })),
		),
		["will/taken gone"],
	);
	await other[0]?.endAsync(true);
});

test("a last will is published when the device is refused for what it did", async ({ fixture, device }) => {
	assert.equal(
		await willOf(fixture, device, "wrong", { topic: "will/wrong" }, client => client.publish("$reserved", "x")),
		["will/wrong gone"],
	);
});

test("a last will is published when the endpoint ends the connection", async ({ fixture, device }) => {
	assert.equal(
		await willOf(fixture, device, "ended", { topic: "will/ended" }, () => fixture.core.disconnect("ended")),
		["will/ended gone"],
	);
});

const connectOnly: StatementJson = { Effect: "Allow", Action: "iot:Connect", Resource: "*" };

test("a last will that no policy allows is withheld when it is to be published", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice([connectOnly]);
	assert.equal(
		await willOf(fixture, device, "forbidden", { topic: "will/forbidden" }, client => client.stream.destroy()),
		[],
	);
	await fixture.logged(
		/^withheld the last will of forbidden .*: no attached policy allows iot:Publish on will\/forbidden$/,
	);
});

test("a retained last will needs iot:RetainPublish", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice([
		connectOnly,
		{ Effect: "Allow", Action: "iot:Publish", Resource: "*" },
	]);
	assert.equal(
		await willOf(fixture, device, "retained", { topic: "will/retained", retain: true }, client =>
			client.stream.destroy(),
		),
		[],
	);
	await fixture.logged(
		/^withheld the last will of retained .*: no attached policy allows iot:RetainPublish on will\/retained$/,
	);
});

test("a policy can demand a last will with a certain topic", async ({ fixture }) => {
	const topic = `arn:aws:iot:${fixture.core.region}:${fixture.core.account}:topic/will/\${iot:ClientId}`;
	const device = await fixture.makeRegisteredDevice([
		{ ...connectOnly, Condition: { ArnEquals: { "iot:LastWillTopic": topic } } },
	]);
	const will = (topic: string) => ({ will: { topic, payload: Buffer.from("x") } });
	const good = fixture.connect(device, { clientId: "good", ...will("will/good") });
	await happened(good, "connect");
	await good.endAsync();
	await happened(fixture.connect(device, { clientId: "other", ...will("will/good") }), "close");
	await happened(fixture.connect(device, { clientId: "without" }), "close");
	await fixture.logged(/^refused without .*: no attached policy allows iot:Connect/);
});

for (const [what, will, reason] of [
	["QoS 2", { topic: "a", qos: 2 }, /QoS 2 is not supported \(last will\)/],
	["eight slashes", { topic: "1/2/3/4/5/6/7/8/9", qos: 0 }, /8 slashes, more than 7 \(last will\)/],
] as const)
	test(`a CONNECT with a last will of ${what} is refused`, async ({ fixture, device }) => {
		await happened(
			fixture.connect(device, { clientId: "bad-will", will: { ...will, payload: Buffer.from("x") } }),
			"close",
		);
		await fixture.logged(reason);
	});

test("a last will may go to a reserved topic, and comes to who has subscribed there", async ({ fixture, device }) => {
	const watcher = await connected(fixture, device, "shadow");
	await watcher.subscribeAsync("$aws/things/+/shadow/update");
	const message = nextMessage(watcher);
	const lost = fixture.connect(device, {
		clientId: "lost-shadow",
		will: { topic: "$aws/things/x/shadow/update", payload: Buffer.from("{}") },
	});
	await happened(lost, "connect");
	lost.stream.destroy();
	assert.is(await message, "$aws/things/x/shadow/update {}");
	await watcher.endAsync();
});

test("an empty client id gets one from the endpoint, for a clean session only", async ({ fixture }) => {
	const device = await fixture.makeRegisteredDevice(allowAll);
	const client = fixture.connect(device, { clientId: "", clean: true });
	await happened(client, "connect");
	await fixture.logged(/^connected [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} /);
	await client.endAsync();
});

test.run();
