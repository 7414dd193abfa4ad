// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { offeredSuites } from "../../../tools/iot-core/scenario/client-hello.js";
import { type Observation, PacketFilter, type PacketRule } from "../../../tools/iot-core/scenario/filter.js";
import { PacketSplitter, packetName, packetType } from "../../../tools/iot-core/scenario/packet.js";
import { RecordMeter } from "../../../tools/iot-core/scenario/records.js";
import { cutAtRandom, only, passAll } from "../../../tools/iot-core/scenario/scenarios.js";

const connect = Buffer.from([0x10, 13, 0, 4, ...Buffer.from("MQTT"), 4, 0x02, 0, 60, 0, 1, 0x78]);
const puback = Buffer.from([0x40, 2, 0x12, 0x34]);
/** QoS 1, DUP, topic "a/b", id 7, payload "hello". */
const publish = Buffer.from([0x3a, 12, 0, 3, ...Buffer.from("a/b"), 0, 7, ...Buffer.from("hello")]);

test("packets are cut out of a stream wherever its chunks end", () => {
	const bytes = Buffer.concat([connect, publish, puback]);
	for (let size = 1; size <= bytes.length; size++) {
		const splitter = new PacketSplitter();
		const packets = [];
		for (let offset = 0; offset < bytes.length; offset += size)
			packets.push(...splitter.push(bytes.subarray(offset, offset + size)));
		assert.equal(
			packets.map(packet => packet.bytes),
			[connect, publish, puback],
			`chunks of ${size} bytes`,
		);
		assert.is(splitter.rest.length, 0);
	}
});

test("a PUBLISH is read with its topic, id, flags and payload's length", () => {
	const [packet] = new PacketSplitter().push(publish);
	assert.ok(packet);
	const { type, topic, id, qos, dup, payloadLength } = packet;
	assert.equal(
		{ type, topic, id, qos, dup, payloadLength },
		{ type: packetType.PUBLISH, topic: "a/b", id: 7, qos: 1, dup: true, payloadLength: 5 },
	);
});

test("a length of several bytes is read", () => {
	const body = Buffer.alloc(300, 0x61);
	body.writeUInt16BE(10);
	const [packet] = new PacketSplitter().push(Buffer.concat([Buffer.from([0x30, 0xac, 0x02]), body]));
	assert.is(packet?.payloadLength, 288);
});

test("clean session, session present and packet ids are read where they are", () => {
	const splitter = new PacketSplitter();
	assert.is(splitter.push(connect)[0]?.clean, true);
	assert.is(splitter.push(Buffer.from([0x20, 2, 1, 0]))[0]?.sessionPresent, true);
	assert.is(splitter.push(puback)[0]?.id, 0x1234);
	assert.is(splitter.push(Buffer.from([0xc0, 0]))[0]?.id, undefined);
});

test("a length that never ends goes on as it is, for the broker to refuse", () => {
	const bytes = Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]);
	assert.equal(
		new PacketSplitter().push(bytes).map(packet => packet.bytes),
		[bytes],
	);
});

test("a packet of an unknown type is named by its number", () => {
	assert.is(packetName({ type: 4 }), "PUBACK");
	assert.is(packetName({ type: 15 }), "packet of type 15");
});

/** One end of a connection: what is written to it can be read at the other. */
class End extends Duplex {
	other: End | undefined;

	override _read(): void {}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
		this.other?.push(chunk);
		done();
	}

	override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
		this.other?.push(null);
		done(error);
	}
}

function duplexPair(): [Duplex, Duplex] {
	const one = new End(),
		other = new End();
	one.other = other;
	other.other = one;
	return [one, other];
}

/** A filter between a device's end and the broker's. */
function filtered(rule: PacketRule): { device: Duplex; filter: PacketFilter; seen: Observation[] } {
	const [device, outer] = duplexPair();
	const seen: Observation[] = [];
	return {
		device,
		filter: new PacketFilter(outer, { connection: 1, rule, observe: observation => seen.push(observation) }),
		seen,
	};
}

async function read(stream: Duplex): Promise<Buffer> {
	const [bytes] = (await once(stream, "data")) as [Buffer];
	return bytes;
}

test("what passes arrives as it was, both ways, and is observed", async () => {
	const { device, filter, seen } = filtered(passAll);
	device.write(connect);
	assert.equal(await read(filter), connect);
	filter.write(puback);
	assert.equal(await read(device), puback);
	assert.equal(
		seen.map(({ from, verdict }) => [from, verdict]),
		[
			["device", "pass"],
			["server", "pass"],
		],
	);
});

test("what is withheld never arrives, and what follows it does", async () => {
	const { device, filter } = filtered(only(packetType.PUBACK, "server", "withhold"));
	filter.write(Buffer.concat([puback, publish]));
	assert.equal(await read(device), publish);
});

test("a packet that is late does not hold up what follows it, and none overtakes its own kind", async () => {
	const { device, filter } = filtered(only(packetType.PUBACK, "server", { late: 20 }));
	const second = Buffer.from([0x40, 2, 0, 8]);
	filter.write(Buffer.concat([puback, publish, second]));
	assert.equal(await read(device), publish);
	const late: Buffer[] = [];
	while (Buffer.concat(late).length < 2 * puback.length) late.push(await read(device));
	assert.equal(Buffer.concat(late), Buffer.concat([puback, second]));
});

test("a packet that is late does not come once the connection has ended", async () => {
	const { device, filter } = filtered(only(packetType.PUBACK, "server", { late: 20 }));
	const received: Buffer[] = [];
	device.on("data", (bytes: Buffer) => received.push(bytes));
	filter.write(puback);
	filter.destroy();
	await delay(60);
	assert.equal(received, []);
});

test("a cut lets half of the packet through and nothing after it", async () => {
	const { device, filter } = filtered(only(packetType.PUBLISH, "device", "cut"));
	const received: Buffer[] = [];
	filter.on("data", (bytes: Buffer) => received.push(bytes));
	device.write(Buffer.concat([connect, publish, puback]));
	await once(filter, "close");
	assert.equal(Buffer.concat(received), Buffer.concat([connect, publish.subarray(0, 7)]));
});

test("a packet after which the connection is cut arrives whole", async () => {
	const { device, filter } = filtered(only(packetType.PUBACK, "server", "pass and cut"));
	const received = read(device),
		closed = once(filter, "close");
	filter.write(Buffer.concat([puback, publish]));
	assert.equal(await received, puback);
	await closed;
});

test("the packet at which a random cut comes is drawn once", () => {
	const [packet] = new PacketSplitter().push(puback);
	assert.ok(packet);
	const rule = cutAtRandom(() => 0.05);
	assert.equal(
		[1, 2, 3, 4].map(() => rule(packet, "device")),
		["pass", "pass", "cut", "pass"],
	);
});

test("the suites of a ClientHello are found behind a session id of any length", () => {
	for (const length of [0, 32]) {
		const body = Buffer.concat([
			Buffer.from([3, 3]),
			Buffer.alloc(32),
			Buffer.from([length]),
			Buffer.alloc(length),
			Buffer.from([0, 4, 0x13, 0x01, 0xc0, 0x2b, 1, 0]),
		]);
		const hello = Buffer.concat([Buffer.from([22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length]), body]);
		assert.equal(offeredSuites(hello), [0x1301, 0xc02b]);
		assert.is(offeredSuites(hello.subarray(0, 46 + length)), undefined);
	}
	assert.is(offeredSuites(connect), undefined);
});

test("records are measured wherever the chunks end", () => {
	const bytes = Buffer.concat([
		Buffer.from([23, 3, 3, 0x01, 0x02]),
		Buffer.alloc(0x102),
		Buffer.from([21, 3, 3, 0, 0]),
		Buffer.from([23, 3, 3, 0, 1]),
		Buffer.alloc(1),
	]);
	for (const size of [1, 3, 7, bytes.length]) {
		const lengths: number[] = [];
		const meter = new RecordMeter(length => lengths.push(length));
		for (let offset = 0; offset < bytes.length; offset += size) meter.push(bytes.subarray(offset, offset + size));
		assert.equal(lengths, [0x102, 0, 1], `chunks of ${size} bytes`);
	}
});

test.run();
