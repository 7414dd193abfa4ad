/** AWS IoT's limits, seen from mqtt.js: what exceeds them ends the connection, and the log says why. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { MqttClient } from "mqtt";
import { Fixture, happened, type DeviceIdentity } from "./iot-core-fixture.js";

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
	["a topic with eight slashes", (client: MqttClient) => client.publish(eightSlashes, "x"), /8 slashes, more than 7 \(PUBLISH\)/],
	["a topic filter with eight slashes", (client: MqttClient) => client.subscribe(eightSlashes), /8 slashes, more than 7 \(SUBSCRIBE\)/],
	["a payload over 128 KB", (client: MqttClient) => client.publish("a", Buffer.alloc(131_073)), /131073 bytes, more than 131072/],
] as const)
	test(`${name} ends the connection`, async ({ fixture, device }) => {
		const client = await connected(fixture, device, name.replaceAll(" ", "-"));
		const closed = happened(client, "close");
		exceed(client);
		await closed;
		await fixture.logged(reason);
	});

test("fifty topic filters are taken, one of them again too, and the next ends the connection", async ({ fixture, device }) => {
	const client = await connected(fixture, device, "fifty");
	for (let index = 0; index < 50; index++)
		await client.subscribeAsync(`filter/${index}`);
	await client.subscribeAsync("filter/0");
	assert.is(client.connected, true);
	const closed = happened(client, "close");
	client.subscribe("filter/50");
	await closed;
	await fixture.logged(/a connection may have 50 topic filters/);
});

test.run();
