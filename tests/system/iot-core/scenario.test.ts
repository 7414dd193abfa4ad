// SPDX-License-Identifier: MIT
/** How iot-core mistreats devices on demand, seen from mqtt.js and openssl. */

import { setTimeout as delay } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { IotCoreOptions } from "../../../tools/iot-core/core.js";
import { largeCertificateMessage } from "../../../tools/iot-core/scenario/certificate.js";
import { latePuback, type ScenarioName, scenarios } from "../../../tools/iot-core/scenario/scenarios.js";
import { Fixture, happened, run } from "./fixture.js";

/** An answer that has not come by then does not come. */
const silenceMs = 300;

const test = suite("scenarios of iot-core");

interface Scene {
	fixture: Fixture;
	client: MqttClient;
	/** What the server sent, by mqtt-packet's names. */
	received: string[];
}

async function scene(options: Partial<IotCoreOptions>, body: (scene: Scene) => Promise<void>): Promise<void> {
	const fixture = await Fixture.start(options);
	const client = fixture.connect(await fixture.makeRegisteredDevice(), { clientId: "device", resubscribe: false });
	const received: string[] = [];
	client.on("packetreceive", packet => received.push(packet.cmd));
	client.on("error", () => undefined);
	try {
		await body({ fixture, client, received });
	} finally {
		await client.endAsync(true);
		await fixture.close();
	}
}

test("no-connack: the CONNECT is never answered", () =>
	scene({ scenario: scenarios["no-connack"] }, async ({ fixture, received }) => {
		await fixture.logged(/CONNACK of the server: withhold/);
		await delay(silenceMs);
		assert.equal(received, []);
	}));

test("no-suback: everything but the SUBSCRIBE is answered", () =>
	scene({ scenario: scenarios["no-suback"] }, async ({ fixture, client, received }) => {
		await happened(client, "connect");
		client.subscribe("a", { qos: 1 });
		await fixture.logged(/SUBACK of the server: withhold/);
		await client.publishAsync("b", "x", { qos: 1 });
		assert.equal(received, ["connack", "puback"]);
	}));

test("no-puback: the PUBLISH is delivered and not answered", () =>
	scene({ scenario: scenarios["no-puback"] }, async ({ fixture, client, received }) => {
		await happened(client, "connect");
		await client.subscribeAsync("a", { qos: 0 });
		client.publish("a", "x", { qos: 1 });
		await fixture.logged(/PUBACK of the server: withhold/);
		await delay(silenceMs);
		assert.equal(received, ["connack", "suback", "publish"]);
	}));

test("late-puback: each PUBACK comes late, after what the server sends in the meantime", () =>
	scene({ scenario: latePuback(silenceMs) }, async ({ fixture, client, received }) => {
		await happened(client, "connect");
		await client.subscribeAsync("a", { qos: 0 });
		const begin = performance.now();
		await client.publishAsync("a", "x", { qos: 1 });
		// Node's timers may come up to a millisecond early.
		assert.ok(performance.now() - begin >= silenceMs - 1);
		assert.equal(received, ["connack", "suback", "publish", "puback"]);
		await fixture.logged(/PUBACK of the server: 300 ms late/);
	}));

test("drop-after-connack: the connection ends when CONNACK has come", () =>
	scene({ scenario: scenarios["drop-after-connack"] }, async ({ client, received }) => {
		await happened(client, "close");
		assert.equal(received, ["connack"]);
	}));

test("large-messages: a subscriber gets 128 KB in records of maximum size", async () => {
	const records: number[] = [];
	await scene(
		{ scenario: scenarios["large-messages"], observer: { onRecord: length => records.push(length) } },
		async ({ client }) => {
			const message = new Promise<number>(resolve => client.once("message", (_, payload) => resolve(payload.length)));
			await client.subscribeAsync("a", { qos: 1 });
			assert.is(await message, 131_072);
		},
	);
	assert.is(records.filter(length => length >= 16_384).length, 8);
});

test("a persistent session of a device that stays away expires", () =>
	scene({ sessionExpiry: 20 }, async ({ fixture }) => {
		const device = await fixture.makeRegisteredDevice();
		const first = fixture.connect(device, { clientId: "away", clean: false });
		await first.subscribeAsync("a", { qos: 1 });
		await first.endAsync();
		await fixture.core.publish("a", "stored", 1);
		await fixture.logged(/the persistent session of away has expired/);
		const again = fixture.connect(device, { clientId: "away", clean: false });
		let messages = 0;
		again.on("message", () => (messages += 1));
		const present = new Promise<boolean>(resolve =>
			again.once("connect", ({ sessionPresent }) => resolve(sessionPresent)),
		);
		assert.is(await present, false);
		await again.subscribeAsync("b", { qos: 1 });
		assert.is(messages, 0);
		await again.endAsync();
	}));

test("a persistent session outlives a short absence, with its messages", () =>
	scene({ sessionExpiry: 60_000 }, async ({ fixture }) => {
		const device = await fixture.makeRegisteredDevice();
		const first = fixture.connect(device, { clientId: "away", clean: false });
		await first.subscribeAsync("a", { qos: 1 });
		await first.endAsync();
		await fixture.core.publish("a", "stored", 1);
		const again = fixture.connect(device, { clientId: "away", clean: false });
		const message = new Promise<string>(resolve => again.once("message", (_, payload) => resolve(payload.toString())));
		assert.is(await message, "stored");
		await again.endAsync();
	}));

test("the program can end a device's connection, and says whether there was one", () =>
	scene({}, async ({ fixture, client }) => {
		await happened(client, "connect");
		const closed = happened(client, "close");
		assert.is(fixture.core.disconnect("device"), true);
		await closed;
		await fixture.logged(/^disconnecting device .*SERVER_INITIATED_DISCONNECT/);
		assert.is(fixture.core.disconnect("nobody"), false);
	}));

/** What openssl says of the server's certificate. */
async function verified(name: ScenarioName, version: string): Promise<string> {
	const fixture = await Fixture.start({ scenario: scenarios[name] });
	try {
		const { endpoint, devicePort, rootCaFile } = fixture.core;
		const { stdout, stderr } = await run("openssl", [
			"s_client",
			"-connect",
			`127.0.0.1:${devicePort}`,
			"-servername",
			endpoint,
			"-verify_hostname",
			endpoint,
			"-CAfile",
			rootCaFile,
			"-msg",
			version,
		]);
		return stdout + stderr;
	} finally {
		await fixture.close();
	}
}

for (const [name, words] of [
	["untrusted-chain", /self-signed certificate in certificate chain/],
	["wrong-name", /hostname mismatch/i],
	["expired", /certificate has expired/],
] as const)
	test(`${name}: openssl refuses the certificate for this reason alone`, async () => {
		const output = await verified(name, "-tls1_2");
		assert.match(output, words);
		const errors = new Set([...output.matchAll(/^verify error:num=(\d+)/gm)].map(match => match[1]));
		assert.is(errors.size, 1, output);
	});

test("large-certificate: the Certificate message is 20 % larger than AWS', and good", async () => {
	const output = await verified("large-certificate", "-tls1_2");
	const length = Number.parseInt(/length ([0-9a-f]+)\], Certificate$/m.exec(output)?.[1] ?? "0", 16);
	assert.ok(length >= largeCertificateMessage && length < largeCertificateMessage + 100, `${length}`);
	assert.match(output, /Verify return code: 0 \(ok\)/);
});

test("a scenario can be chosen on the command line, and an unknown one is refused with the known ones", async () => {
	const { status, stderr } = await run(process.execPath, ["tools/run.mjs", "iot-core", "--scenario", "no-such"]);
	assert.is(status, 1);
	assert.match(stderr, /no-connack.*large-messages/);
});

test.run();
