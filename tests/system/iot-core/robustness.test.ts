// SPDX-License-Identifier: MIT
/** The device endpoint under what no well-behaved device does, and under many devices at once. */
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";

import type { Limits } from "../../../tools/iot-core/broker/limits.js";
import { type DeviceIdentity, Fixture, happened, nextMessage } from "./fixture.js";
import { connectPacket, Mutator } from "./mutations.js";
import { RawDevice } from "./raw.js";

const seed = "robustness";
const kilobyte = 1024,
	megabyte = 1024 * kilobyte;
const unbound = { publishRate: Infinity, byteRate: Infinity } as const;

async function served(
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

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Twice: what is freed in the first round lets go of buffers in the second. */
async function collectGarbage(): Promise<void> {
	for (let round = 0; round < 2; round++) {
		collect();
		await delay(20);
	}
}

/** TCP connections of this process, of both sides. */
function tcpConnections(): number {
	return process.getActiveResourcesInfo().filter(name => name === "TCPSocketWrap").length;
}

/** Waits until something is so. */
async function until(what: string, holds: () => boolean): Promise<void> {
	for (const end = performance.now() + 10_000; !holds(); await delay(10)) assert.ok(performance.now() < end, what);
}

test(`mutated packets on 300 connections (seed "${seed}") end no more than these connections`, () =>
	served(unbound, async (fixture, device) => {
		const before = tcpConnections();
		const mutator = new Mutator(seed);
		for (let index = 0; index < 300; index++) {
			const raw = await RawDevice.open(fixture, device);
			raw.socket.write(
				Buffer.concat([
					index % 4 === 0 ? Buffer.alloc(0) : connectPacket(`mutant-${index}`),
					mutator.stream(),
					mutator.stream(),
				]),
			);
			// Half of them wait for an answer, and some leave without a word.
			if (index % 2 === 0)
				await Promise.race([delay(10), until("an answer", () => raw.closed || raw.packets.length > 0)]);
			raw.end();
		}
		await until("the end of all connections", () => tcpConnections() <= before);
		const client = fixture.connect(device, { clientId: "well-behaved" });
		await client.subscribeAsync("still/here", { qos: 1 });
		const message = nextMessage(client);
		await client.publishAsync("still/here", "yes", { qos: 1 });
		assert.is(await message, "still/here yes");
		await client.endAsync();
	}));

test("a device that announces 256 MB is cut off at the announcement", () =>
	served({}, async (fixture, device) => {
		const raw = await RawDevice.connect(fixture, device, "large");
		raw.socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
		await raw.until("the end of the connection", () => raw.closed);
		await fixture.logged(/^disconnecting large .*: CLIENT_ERROR: a packet of 268435460 bytes was announced/);
	}));

for (const qos of [0, 1] as const)
	test(`a device that does not read its messages at QoS ${qos} takes bounded memory, holds up nobody, and may read on`, () =>
		served({ ...unbound, queueBytes: megabyte }, async (fixture, device) => {
			const slow = await RawDevice.connect(fixture, device, "slow");
			await slow.subscribe("flood", qos);
			slow.socket.pause();
			const quick = await RawDevice.connect(fixture, device, "quick");
			await quick.subscribe("flood", 0);
			const payload = Buffer.alloc(128 * kilobyte, "x");
			await collectGarbage();
			const before = process.memoryUsage().arrayBuffers;
			for (let received = 0; received < 120; received++) {
				await fixture.core.publish("flood", payload, 1);
				await quick.until("the message", () => quick.of("PUBLISH").length === 1);
				quick.packets.splice(0);
			}
			await collectGarbage();
			const kept = process.memoryUsage().arrayBuffers - before;
			assert.ok(kept < 6 * megabyte, `${kept} bytes of 15 MB`);
			await fixture.logged(
				qos === 0
					? /slow: dropped a message at QoS 0 on flood: THROTTLED/
					: /slow: dropped a message on flood: more than 1048576 bytes are waiting/,
			);
			slow.socket.resume();
			await slow.ping();
			[slow, quick].forEach(raw => raw.end());
		}));

test("200 devices at once get what is for them and what is for all", () =>
	served({}, async (fixture, device) => {
		const clients = Array.from({ length: 200 }, (_, index) => fixture.connect(device, { clientId: `fleet-${index}` }));
		await Promise.all(clients.map(client => happened(client, "connect")));
		const own = new Map<string, string[]>();
		let all = 0;
		for (const client of clients)
			client.on("message", (topic, payload) => {
				if (topic === "fleet/all") all += 1;
				else
					own.set(client.options.clientId ?? "", [
						...(own.get(client.options.clientId ?? "") ?? []),
						`${topic} ${payload.toString()}`,
					]);
			});
		await Promise.all(
			clients.map(client => client.subscribeAsync(["fleet/all", `fleet/${client.options.clientId}/+`], { qos: 1 })),
		);
		await Promise.all(
			clients.map(client =>
				client.publishAsync(`fleet/${client.options.clientId}/echo`, client.options.clientId ?? "", { qos: 1 }),
			),
		);
		await fixture.core.publish("fleet/all", "hello", 1);
		await until("all messages", () => all === 200 && own.size === 200);
		for (const [clientId, messages] of own) assert.equal(messages, [`fleet/${clientId}/echo ${clientId}`]);
		await Promise.all(clients.map(client => client.endAsync()));
		assert.is(fixture.lines.filter(line => /^disconnected fleet-/.test(line)).length, 200);
	}));

test.run();
