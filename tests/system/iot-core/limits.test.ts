// SPDX-License-Identifier: MIT
/** AWS IoT's limits, seen from mqtt.js: what exceeds them ends the connection, and the log says why. */

import type { MqttClient } from "mqtt";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../../tools/iot-core/broker/packets.js";
import { type DeviceIdentity, Fixture, happened } from "./fixture.js";
import { connectPacket } from "./mutations.js";
import { RawDevice } from "./raw.js";

const test = suite<{ fixture: Fixture; device: DeviceIdentity }>("limits of iot-core");

test.before(async context => {
	context.fixture = await Fixture.start();
	context.device = await context.fixture.makeRegisteredDevice();
});

test.after(({ fixture }) => fixture.close());

async function connected(fixture: Fixture, device: DeviceIdentity, clientId: string): Promise<MqttClient> {
	const client = fixture.connect(device, { clientId });
	client.on("error", () => undefined);
	await happened(client, "connect");
	return client;
}

const eightSlashes = "1/2/3/4/5/6/7/8/9";

for (const [name, exceed, reason] of [
	[
		"a topic with eight slashes",
		(client: MqttClient) => client.publish(eightSlashes, "x"),
		/8 slashes, more than 7 \(PUBLISH\)/,
	],
	[
		"a topic filter with eight slashes",
		(client: MqttClient) => client.subscribe(eightSlashes),
		/8 slashes, more than 7 \(SUBSCRIBE\)/,
	],
	[
		"a payload over 128 KB",
		(client: MqttClient) => client.publish("a", Buffer.alloc(131_073)),
		/131073 bytes, more than 131072/,
	],
] as const)
	test(`${name} ends the connection`, async ({ fixture, device }) => {
		const client = await connected(fixture, device, name.replaceAll(" ", "-"));
		const closed = happened(client, "close");
		exceed(client);
		await closed;
		await fixture.logged(reason);
	});

const filters = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `filter/${from + index}`);

for (const [name, exceed, reason] of [
	[
		"SUBSCRIBE",
		(client: MqttClient) => client.subscribe(filters(9)),
		/9 topic filters in one packet, more than 8 \(SUBSCRIBE\)/,
	],
	[
		"UNSUBSCRIBE",
		(client: MqttClient) => client.unsubscribe(filters(9)),
		/9 topic filters in one packet, more than 8 \(UNSUBSCRIBE\)/,
	],
] as const)
	test(`nine topic filters in one ${name} end the connection`, async ({ fixture, device }) => {
		const client = await connected(fixture, device, `nine-${name}`);
		await client.subscribeAsync(filters(8));
		const closed = happened(client, "close");
		exceed(client);
		await closed;
		await fixture.logged(reason);
	});

test("a SUBSCRIBE that goes past fifty topic filters ends the connection, and grants none of its own", async ({
	fixture,
	device,
}) => {
	const client = await connected(fixture, device, "past-fifty");
	for (let from = 0; from < 48; from += 8) await client.subscribeAsync(filters(8, from));
	const closed = happened(client, "close");
	client.subscribe(filters(3, 48));
	await closed;
	await fixture.logged(/^refused past-fifty .*: a connection may have at most 50 topic filters/);
	assert.not(fixture.lines.some(line => /^subscribed past-fifty .*: filter\/48 /.test(line)));
});

test("topic filters that were unsubscribed from do not count", async ({ fixture, device }) => {
	const client = await connected(fixture, device, "changing");
	for (let from = 0; from < 96; from += 8) {
		await client.subscribeAsync(filters(8, from));
		await client.unsubscribeAsync(filters(8, from));
	}
	assert.is(client.connected, true);
	await client.endAsync();
});

for (const [name, filter] of [
	["a wildcard within a level", "a/b+"],
	["# before the end", "a/#/b"],
	["a shared subscription", "$share/group/a"],
] as const)
	test(`a topic filter with ${name} ends the connection`, async ({ fixture, device }) => {
		const raw = await RawDevice.connect(fixture, device, `filter-${name}`);
		raw.socket.write(encode({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: filter, qos: 0 }] }));
		await raw.until("the end of the connection", () => raw.closed);
		assert.equal(raw.of("SUBACK"), []);
		raw.end();
	});

test("a second CONNECT ends the connection", async ({ fixture, device }) => {
	const raw = await RawDevice.connect(fixture, device, "two");
	raw.socket.write(connectPacket("two"));
	await raw.until("the end of the connection", () => raw.closed);
	await fixture.logged(/^refused two .*: a second CONNECT came$/);
	raw.end();
});

test("what comes before CONNECT ends the connection", async ({ fixture, device }) => {
	const raw = await RawDevice.open(fixture, device);
	raw.socket.write(encode({ cmd: "pingreq" }));
	await raw.until("the end of the connection", () => raw.closed);
	await fixture.logged(/PINGREQ came before CONNECT$/);
	raw.end();
});

test("fifty topic filters are taken, one of them again too, and the next ends the connection", async ({
	fixture,
	device,
}) => {
	const client = await connected(fixture, device, "fifty");
	for (let index = 0; index < 50; index++) await client.subscribeAsync(`filter/${index}`);
	await client.subscribeAsync("filter/0");
	assert.is(client.connected, true);
	const closed = happened(client, "close");
	client.subscribe("filter/50");
	await closed;
	await fixture.logged(/a connection may have at most 50 topic filters/);
});

test.run();
