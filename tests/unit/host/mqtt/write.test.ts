// SPDX-License-Identifier: MIT
/** What the client writes: every packet, byte for byte (MQTT 3.1.1, chapter 3), and what it refuses to write. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MQTTConnection } from "../../../../host/platform/sdk/mqtt/connection.js";
import { Bench, bytesOf } from "./fakes.js";

const { PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT, CONNECT } =
	MQTTConnection;

test("the operations have their packet types' numbers", () => {
	const { CONNACK, SUBACK, UNSUBACK, PINGRESP } = MQTTConnection;
	assert.equal(
		[
			CONNECT,
			CONNACK,
			PUBLISH,
			PUBACK,
			PUBREC,
			PUBREL,
			PUBCOMP,
			SUBSCRIBE,
			SUBACK,
			UNSUBSCRIBE,
			UNSUBACK,
			PINGREQ,
			PINGRESP,
			DISCONNECT,
		],
		[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
	);
});

test("PUBLISH at QoS 0 is one write without packet identifier", () => {
	const bench = new Bench().connected();
	bench.client.write(bytesOf("hi"), { topic: "a/b" });
	assert.is(bench.socket.writes.length, 1);
	assert.is(bench.sent(), "3007" + "0003612f62" + "6869");
});

test("PUBLISH at QoS 1 has the packet identifier given", () => {
	const bench = new Bench().connected();
	bench.client.write(bytesOf("hi"), { topic: "a", QoS: 1, id: 0xabcd });
	assert.is(bench.sent(), "3207" + "000161" + "abcd" + "6869");
});

for (const [flags, options] of [
	["34", {}],
	["35", { retain: true }],
	["3c", { duplicate: true }],
	["3d", { retain: 1, duplicate: 1 }],
] as const)
	test(`PUBLISH at QoS 2 with ${JSON.stringify(options)} begins with ${flags}`, () => {
		const bench = new Bench().connected();
		bench.client.write(bytesOf(""), { topic: "a", QoS: 2, id: 1, ...options });
		assert.is(bench.sent(), flags + "05" + "000161" + "0001");
	});

test("the longest packet that MQTT has can be begun", () => {
	const bench = new Bench().connected();
	bench.client.write(bytesOf("x"), { topic: "a", byteLength: 268_435_452 });
	assert.is(bench.sent(), "30ffffff7f" + "000161" + "78");
});

test("PUBLISH takes an ArrayBuffer, and of a view only its own bytes", () => {
	const bench = new Bench().connected();
	const bytes = bytesOf("-hi-").slice();
	bench.client.write(bytes.buffer, { topic: "a" });
	bench.client.write(bytes.subarray(1, 3), { topic: "a" });
	bench.client.write(new DataView(bytes.buffer, 1, 2), { topic: "a" });
	assert.is(bench.sent(), "3007" + "000161" + "2d68692d" + "3005" + "000161" + "6869" + "3005" + "000161" + "6869");
});

test("packet identifiers that are not given count up, and go round without 0", () => {
	const bench = new Bench().connected(1_000_000);
	const identifiers = new Set<string>();
	for (let i = 0; i < 65_536; i += 1) {
		bench.client.write(bytesOf(""), { topic: "a", QoS: 1 });
		identifiers.add(bench.sent().slice(10, 14));
	}
	assert.is(identifiers.size, 65_535);
	assert.not.ok(identifiers.has("0000"));
});

for (const [length, header] of [
	[124, "307f"],
	[125, "308001"],
	[16_380, "30ff7f"],
	[16_381, "30808001"],
	[131_072, "30838008"],
	[2_097_148, "30ffff7f"],
	[2_097_149, "3080808001"],
] as const)
	test(`a payload of ${length} bytes has the remaining length ${header.slice(2)}`, () => {
		const bench = new Bench().connected(3_000_000);
		bench.client.write(new Uint8Array(length), { topic: "a" });
		const [packet] = bench.socket.writes;
		assert.is(Buffer.from(packet ?? []).toString("hex", 0, header.length / 2), header);
		assert.is(packet?.length, header.length / 2 + 3 + length);
	});

test("SUBSCRIBE has its flags, each filter and each QoS", () => {
	const bench = new Bench().connected();
	bench.client.write(null, { operation: SUBSCRIBE, id: 10, items: [{ topic: "a/b", QoS: 1 }, { topic: "c/+" }] });
	assert.is(bench.socket.writes.length, 1);
	assert.is(bench.sent(), "820e" + "000a" + "0003612f62" + "01" + "0003632f2b" + "00");
});

test("UNSUBSCRIBE has its flags and each filter", () => {
	const bench = new Bench().connected();
	bench.client.write(null, { operation: UNSUBSCRIBE, id: 10, items: [{ topic: "a/b" }, { topic: "c/d" }] });
	assert.is(bench.socket.writes.length, 1);
	assert.is(bench.sent(), "a20c" + "000a" + "0003612f62" + "0003632f64");
});

for (const [operation, bytes] of [
	[PUBACK, "40020102"],
	[PUBREC, "50020102"],
	[PUBREL, "62020102"],
	[PUBCOMP, "70020102"],
	[PINGREQ, "c000"],
	[DISCONNECT, "e000"],
] as const)
	test(`operation ${operation} is ${bytes}`, () => {
		const bench = new Bench().connected();
		bench.client.write(null, { operation, id: 0x0102 });
		assert.is(bench.sent(), bytes);
	});

test("write returns what can be written next, less eight bytes, and never less than nothing", () => {
	const { client } = new Bench().connected(30);
	assert.is(client.write(bytesOf("hi"), { topic: "a" }), 30 - 7 - 8);
	assert.is(client.write(bytesOf("123456789"), { topic: "a" }), 1);
	assert.is(client.write(null, { operation: PINGREQ }), 0);
});

test("a packet exactly as large as the socket takes is written, one byte more is an overflow", () => {
	const bench = new Bench().connected(7);
	assert.throws(() => bench.client.write(bytesOf("hi!"), { topic: "a" }), /^overflow$/);
	assert.is(bench.sent(), "");
	bench.client.write(bytesOf("hi"), { topic: "a" });
	assert.is(bench.sent(), "3005" + "000161" + "6869");
});

for (const [name, operation] of Object.entries({ SUBSCRIBE, UNSUBSCRIBE, PUBACK, PINGREQ, DISCONNECT }))
	test(`${name} that does not fit is an overflow, and nothing of it is written`, () => {
		const bench = new Bench().connected(1);
		assert.throws(() => bench.client.write(null, { operation, items: [{ topic: "a" }] }), /^overflow$/);
		assert.is(bench.sent(), "");
	});

test("a payload may be written in pieces as the socket takes them", () => {
	const bench = new Bench().connected(20);
	assert.is(bench.client.write(bytesOf("0123"), { topic: "a", QoS: 1, id: 1, byteLength: 10 }), 20 - 11 - 8);
	assert.is(bench.client.write(bytesOf("456")), 0);
	bench.socket.open(20);
	assert.is(bench.client.write(bytesOf("789")), 20 - 3 - 8);
	bench.client.write(null, { operation: PINGREQ });
	assert.is(bench.sent(), "320f" + "000161" + "0001" + "30313233343536373839" + "c000");
});

test("128 KB go through a window of 256 bytes", () => {
	const payload = Uint8Array.from({ length: 131_072 }, (_, index) => index * 7);
	let written = 0;
	const bench: Bench = new Bench({
		onWritable(count) {
			const part = payload.subarray(written, written + count);
			if (part.length > 0)
				bench.client.write(part, written === 0 ? { topic: "a", byteLength: payload.length } : undefined);
			written += part.length;
		},
	});
	bench.socket.open(256);
	bench.socket.receive([0x20, 2, 0, 0]);
	while (written < payload.length) bench.socket.open(256);
	const bytes = bench.socket.written.subarray(-payload.length);
	assert.ok(Buffer.from(bytes).equals(payload));
});

test("a piece that the socket does not take is an overflow, and can be written again", () => {
	const bench = new Bench().connected(8);
	bench.client.write(bytesOf("0"), { topic: "a", byteLength: 4 });
	assert.throws(() => bench.client.write(bytesOf("123")), /^overflow$/);
	bench.socket.open(8);
	bench.client.write(bytesOf("123"));
	assert.is(bench.sent(), "3007" + "000161" + "30313233");
});

test("more than the payload's length is refused, at its beginning and later", () => {
	const bench = new Bench().connected();
	assert.throws(() => bench.client.write(bytesOf("01234"), { topic: "a", byteLength: 4 }), /^invalid/);
	bench.client.write(bytesOf("01"), { topic: "a", byteLength: 4 });
	assert.throws(() => bench.client.write(bytesOf("234")), /^invalid/);
	bench.client.write(bytesOf("23"));
	assert.is(bench.sent(), "3007" + "000161" + "30313233");
});

test("no other packet can be written while a payload is in progress", () => {
	const { client } = new Bench().connected();
	client.write(bytesOf("0"), { topic: "a", byteLength: 4 });
	assert.throws(() => client.write(null, { operation: PINGREQ }), /payload is in progress/);
	assert.throws(() => client.write(bytesOf("1"), { topic: "a" }), /payload is in progress/);
	assert.throws(() => client.write(null), /payload is in progress/);
});

test("bytes without options are refused when no payload is in progress", () => {
	const { client } = new Bench().connected();
	assert.throws(() => client.write(bytesOf("x")), /no payload is in progress/);
});

test("nothing can be written before CONNACK", () => {
	const bench = new Bench();
	assert.throws(() => bench.client.write(bytesOf("x"), { topic: "a" }), /^not connected$/);
	bench.socket.open();
	assert.throws(() => bench.client.write(bytesOf("x"), { topic: "a" }), /^not connected$/);
});

for (const [what, data, options, message] of [
	["CONNECT", null, { operation: CONNECT }, /^unknown operation 1$/],
	["PUBLISH without data", null, { topic: "a" }, /needs data/],
	["PUBLISH without a topic", bytesOf("x"), {}, /needs a topic/],
	["PUBLISH at QoS 3", bytesOf("x"), { topic: "a", QoS: 3 }, /QoS 3/],
	["PUBLISH with packet identifier 0", bytesOf("x"), { topic: "a", QoS: 1, id: 0 }, /packet identifier 0/],
	["PUBLISH with packet identifier 65536", bytesOf("x"), { topic: "a", QoS: 1, id: 65_536 }, /packet identifier 65536/],
	["PUBLISH of a topic too long", bytesOf("x"), { topic: "x".repeat(65_536) }, /65536 bytes/],
	["PUBLISH of a payload too long", bytesOf("x"), { topic: "a", byteLength: 268_435_455 }, /268435458 bytes/],
	["SUBSCRIBE without filters", null, { operation: SUBSCRIBE, items: [] }, /at least one topic filter/],
	["SUBSCRIBE at QoS 3", null, { operation: SUBSCRIBE, items: [{ topic: "a", QoS: 3 }] }, /QoS 3/],
	["UNSUBSCRIBE without filters", null, { operation: UNSUBSCRIBE }, /at least one topic filter/],
	["PUBACK with packet identifier -1", null, { operation: PUBACK, id: -1 }, /packet identifier -1/],
] as const)
	test(`${what} is refused, and nothing of it is written`, () => {
		const bench = new Bench().connected();
		assert.throws(() => bench.client.write(data, options), message);
		assert.is(bench.sent(), "");
	});

test("data that is no buffer is refused", () => {
	const { client } = new Bench().connected();
	assert.throws(() => client.write("text" as unknown as Uint8Array, { topic: "a" }), /must be an ArrayBuffer/);
});

test("onWritable tells what the socket takes, less eight bytes, and is silent where nothing is left", () => {
	const bench = new Bench().connected();
	for (const window of [0, 8, 9, 100]) bench.socket.open(window);
	assert.equal(bench.events, ["writable 1", "writable 92"]);
});

test("onWritable is called while a payload is in progress", () => {
	const bench = new Bench().connected();
	bench.client.write(bytesOf("0"), { topic: "a", byteLength: 4 });
	bench.socket.open(100);
	assert.equal(bench.events, ["writable 92"]);
});

test.run();
