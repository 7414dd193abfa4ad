// SPDX-License-Identifier: MIT
/** AWS IoT's rates, at AWS' own values unless a test would take too long. */
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";

import type { Limits } from "../../../tools/iot-core/broker/limits.js";
import { encode } from "../../../tools/iot-core/broker/packets.js";
import { type DeviceIdentity, Fixture } from "./fixture.js";
import { RawDevice } from "./raw.js";

/** Runs a test with an iot-core of its own. */
async function limited(
	limits: Partial<Limits>,
	run: (fixture: Fixture, device: DeviceIdentity) => Promise<void>,
): Promise<void> {
	const fixture = await Fixture.start({ limits });
	try {
		await run(fixture, await fixture.makeRegisteredDevice());
	} finally {
		await fixture.close();
	}
}

const textOf = ({ bytes, payloadLength }: { bytes: Buffer; payloadLength: number }) =>
	bytes.toString("utf8", bytes.length - payloadLength);

test("a second CONNECT of a client id within a second is closed without CONNACK, and the first stays", () =>
	limited({ connectRate: 1 }, async (fixture, device) => {
		const watcher = await RawDevice.connect(fixture, device, "watcher");
		await watcher.subscribe("$aws/events/presence/disconnected/again", 0);
		const first = await RawDevice.connect(fixture, device, "again");
		const second = await RawDevice.open(fixture, device);
		second.socket.write(
			encode({ cmd: "connect", clientId: "again", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 }),
		);
		await second.until("the end of the connection", () => second.closed);
		assert.equal(second.packets, []);
		await fixture.logged(/^refused again .*: THROTTLED: more than 1 CONNECT a second with this client id$/);
		await first.ping();
		await watcher.until("the event", () => watcher.of("PUBLISH").length === 1);
		assert.match(watcher.of("PUBLISH")[0]?.bytes.toString() ?? "", /"disconnectReason":"THROTTLED"/);
		await delay(1_000);
		const third = await RawDevice.connect(fixture, device, "again");
		await first.until("the end of the first", () => first.closed);
		[watcher, third].forEach(raw => raw.end());
	}));

test("of more than a hundred PUBLISH a second the rest is discarded without PUBACK, and taken when it comes again", () =>
	limited({}, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "fast");
		for (let id = 1; id <= 150; id++) raw.publish("a", `${id}`, id);
		await raw.ping();
		const acknowledged = new Set(raw.of("PUBACK").map(({ id }) => id));
		assert.ok(acknowledged.size >= 100 && acknowledged.size < 130, `${acknowledged.size}`);
		await fixture.logged(/^discarding fast .*: THROTTLED: more than 100 PUBLISH a second$/);
		await delay(600);
		for (let id = 1; id <= 150; id++) if (!acknowledged.has(id)) raw.publish("a", `${id}`, id);
		await raw.ping();
		assert.is(new Set(raw.of("PUBACK").map(({ id }) => id)).size, 150);
		raw.end();
	}));

test("of more than a hundred messages a second to a device those at QoS 0 are discarded", () =>
	limited({}, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "slow");
		await raw.subscribe("a", 0);
		for (let index = 0; index < 150; index++) await fixture.core.publish("a", `${index}`, 1);
		await raw.ping();
		const count = raw.of("PUBLISH").length;
		assert.ok(count >= 100 && count < 130, `${count}`);
		await fixture.logged(/slow: dropped a message at QoS 0 on a: THROTTLED/);
		raw.end();
	}));

test("of more than a hundred messages a second to a device those at QoS 1 come later", () =>
	limited({ unacknowledged: 1_000 }, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "slow");
		await raw.subscribe("a", 1);
		const begin = performance.now();
		for (let index = 0; index < 150; index++) await fixture.core.publish("a", `${index}`, 1);
		await raw.until("all messages", () => raw.of("PUBLISH").length === 150);
		assert.equal(
			raw.of("PUBLISH").map(textOf),
			Array.from({ length: 150 }, (_, index) => `${index}`),
		);
		assert.ok(performance.now() - begin > 400, `${performance.now() - begin}`);
		raw.end();
	}));

test("bytes of a device beyond 512 KiB a second are delayed", () =>
	limited({}, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "sender");
		const begin = performance.now();
		for (let id = 1; id <= 7; id++) raw.publish("a", Buffer.alloc(128 * 1024), id);
		await raw.until("seven PUBACK", () => raw.of("PUBACK").length === 7);
		const took = performance.now() - begin;
		assert.ok(took > 600 && took < 60_000, `${took}`);
		raw.end();
	}));

test("bytes to a device beyond 512 KiB a second are delayed", () =>
	limited({}, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "receiver");
		await raw.subscribe("a", 1);
		const begin = performance.now();
		for (let index = 0; index < 7; index++) await fixture.core.publish("a", Buffer.alloc(128 * 1024), 1);
		await raw.until("seven messages", () => raw.of("PUBLISH").length === 7);
		const took = performance.now() - begin;
		assert.ok(took > 400 && took < 60_000, `${took}`);
		raw.end();
	}));

test("a hundred messages at QoS 1 come to a device that acknowledges none, and one more for each PUBACK", () =>
	limited({ publishRate: Infinity }, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "silent");
		await raw.subscribe("a", 1);
		for (let index = 0; index < 120; index++) await fixture.core.publish("a", `${index}`, 1);
		await raw.ping();
		assert.is(raw.of("PUBLISH").length, 100);
		raw.acknowledge(raw.of("PUBLISH")[0]?.id);
		raw.acknowledge(raw.of("PUBLISH")[1]?.id);
		await raw.ping();
		assert.is(raw.of("PUBLISH").length, 102);
		raw.end();
	}));

test("a message that is not acknowledged comes again on the same connection, without DUP", () =>
	limited({ retryInterval: 100 }, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "forgetful");
		await raw.subscribe("a", 1);
		await fixture.core.publish("a", "again", 1);
		await raw.until("it again", () => raw.of("PUBLISH").length === 2);
		assert.equal(
			raw.of("PUBLISH").map(({ id, dup }) => ({ id, dup })),
			[
				{ id: 1, dup: false },
				{ id: 1, dup: false },
			],
		);
		raw.acknowledge(1);
		await raw.ping();
		const { length } = raw.of("PUBLISH");
		await delay(300);
		assert.is(raw.of("PUBLISH").length, length);
		raw.end();
	}));

test("a device that sends nothing is cut off at one and a half times its keep-alive, and each packet restarts it", () =>
	limited({ minimumKeepAlive: 1 }, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "asleep", { keepAlive: 1 });
		for (let index = 0; index < 4; index++) {
			await delay(700);
			await raw.ping();
		}
		const last = performance.now();
		await raw.until("the end of the connection", () => raw.closed);
		const took = performance.now() - last;
		assert.ok(took > 1_400 && took < 60_000, `${took}`);
		await fixture.logged(/^disconnecting asleep .*: MQTT_KEEP_ALIVE_TIMEOUT/);
	}));

test("stored messages come at ten a second, with what was not acknowledged before them", () =>
	limited({}, async (fixture, device) => {
		const first = await RawDevice.connect(fixture, device, "away", { clean: false });
		await first.subscribe("a", 1);
		await fixture.core.publish("a", "not acknowledged", 1);
		await first.until("it", () => first.of("PUBLISH").length === 1);
		first.end();
		await fixture.logged(/^disconnected away/);
		for (let index = 1; index <= 14; index++) await fixture.core.publish("a", `${index}`, 1);
		const again = await RawDevice.connect(fixture, device, "away", { clean: false });
		assert.is(again.of("CONNACK")[0]?.sessionPresent, true);
		await again.until("all messages", () => again.of("PUBLISH").length === 15);
		const messages = again.of("PUBLISH");
		assert.equal(messages.map(textOf), [
			"not acknowledged",
			...Array.from({ length: 14 }, (_, index) => `${index + 1}`),
		]);
		const last = (messages[14]?.at ?? 0) - (messages[0]?.at ?? 0);
		assert.ok(last > 350 && last < 2_000, `${last}`);
		again.end();
	}));

test.run();
