// SPDX-License-Identifier: MIT
/** What the client receives: messages and control packets, in pieces of any size; acknowledgements; malformed packets. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ControlPacket } from "../../../../host/platform/sdk/mqtt/parser.js";
import type { ReadableOptions } from "../../../../host/platform/sdk/mqtt/receiver.js";
import { Bench, bytesOf, publish, textOf, unhex } from "./fakes.js";

/** A client that reads everything that it is offered, and remembers it. */
function reader(): Bench & { told: [text: string, options: ReadableOptions][] } {
	const told: [string, ReadableOptions][] = [];
	const bench: Bench = new Bench({
		onReadable(count, options) {
			const bytes = bench.client.read(count);
			assert.is(bytes?.byteLength, count);
			told.push([textOf(bytes), options]);
		},
	});
	return Object.assign(bench.connected(), { told });
}

test("a message is reported with topic, QoS and length", () => {
	const bench = reader();
	bench.socket.receive(publish("a/b", bytesOf("hello"), { QoS: 1, id: 7 }));
	assert.equal(bench.told, [["hello", { topic: "a/b", QoS: 1, byteLength: 5, more: false }]]);
});

test("a message in pieces is reported piece by piece, its topic once", () => {
	const bench = reader();
	const bytes = publish("a", bytesOf("0123456789"));
	bench.socket.receive(bytes.subarray(0, 8));
	bench.socket.receive(bytes.subarray(8, 12));
	bench.socket.receive(bytes.subarray(12));
	assert.equal(bench.told, [
		["012", { topic: "a", QoS: 0, byteLength: 10, more: true }],
		["3456", { more: true }],
		["789", { more: false }],
	]);
});

test("an empty message is reported, and acknowledged", () => {
	const bench = reader();
	bench.socket.receive([...publish("a", bytesOf(""), { QoS: 1, id: 3 }), ...publish("b", bytesOf("x"))]);
	assert.equal(bench.told, [
		["", { topic: "a", QoS: 1, byteLength: 0, more: false }],
		["x", { topic: "b", QoS: 0, byteLength: 1, more: false }],
	]);
	assert.is(bench.sent(), "40020003");
});

test("a message that ends with the bytes received is reported without another", () => {
	const bench = reader();
	bench.socket.receive(publish("a", bytesOf("")));
	assert.is(bench.told.length, 1);
});

test("the longest packet that MQTT has is reported", () => {
	const bench = reader();
	bench.socket.receive(unhex("30ffffff7f 000161 78"));
	assert.equal(bench.told, [["x", { topic: "a", QoS: 0, byteLength: 268_435_452, more: true }]]);
});

test("topics are UTF-8", () => {
	const bench = reader();
	bench.socket.receive(publish("ä/€/😀", bytesOf("x")));
	assert.is(bench.told[0]?.[1].topic, "ä/€/😀");
});

test("the retain and duplicate flags of a message do not matter", () => {
	const bench = reader();
	bench.socket.receive(publish("a", bytesOf("x"), { QoS: 1, flags: 9 }));
	assert.is(bench.told.length, 1);
});

/** One of everything that a server sends. */
const everything = Uint8Array.from([
	...publish("first", bytesOf("payload one"), { QoS: 1, id: 0x0102 }),
	...unhex("4002 0005"),
	...publish("second/é", bytesOf("")),
	...unhex("9004 0006 0180"),
	...unhex("d000"),
	...publish("third", bytesOf("x".repeat(200)), { QoS: 2, id: 9 }),
	...unhex("6202 0009"),
	...unhex("5002 000a"),
	...unhex("7002 000a"),
	...unhex("b002 000b"),
	...publish("a", bytesOf("z")),
]);

function runEverything(pieces: (bytes: Uint8Array) => Uint8Array[]): {
	messages: string[];
	control: ControlPacket[];
	sent: string;
} {
	const messages: string[] = [];
	const control: ControlPacket[] = [];
	const bench: Bench = new Bench({
		onReadable(count, { topic }) {
			if (topic !== undefined) messages.push(`${topic}: `);
			messages.push(`${messages.pop()}${textOf(bench.client.read(count))}`);
		},
		onControl: packet => void control.push(packet),
	}).connected();
	control.length = 0;
	for (const piece of pieces(everything)) bench.socket.receive(piece);
	return { messages, control, sent: bench.sent() };
}

const expected = {
	messages: ["first: payload one", "second/é: ", `third: ${"x".repeat(200)}`, "a: z"],
	control: [
		{ operation: 4, id: 5 },
		{ operation: 9, id: 6, payload: [1, 0x80] },
		{ operation: 13 },
		{ operation: 6, id: 9 },
		{ operation: 5, id: 10 },
		{ operation: 7, id: 10 },
		{ operation: 11, id: 11 },
	],
	sent: "40020102" + "50020009" + "70020009" + "6202000a",
};

test("all packets in one chunk are reported and answered in order", () => {
	assert.equal(
		runEverything(bytes => [bytes]),
		expected,
	);
});

test("all packets one byte at a time are reported and answered the same", () => {
	assert.equal(
		runEverything(bytes => Array.from(bytes, byte => Uint8Array.of(byte))),
		expected,
	);
});

test("all packets cut in two at every byte are reported and answered the same", () => {
	for (let cut = 1; cut < everything.length; cut += 1)
		assert.equal(
			runEverything(bytes => [bytes.subarray(0, cut), bytes.subarray(cut)]),
			expected,
			`cut at ${cut}`,
		);
});

test("a payload that is not read stays in the socket, and holds back what follows", () => {
	const bench = new Bench().connected();
	bench.socket.receive([...publish("a", bytesOf("hello")), ...publish("b", bytesOf("x"))]);
	assert.equal(bench.events, ["readable 5"]);
	bench.socket.receive([0xd0, 0]);
	bench.clock.advance();
	assert.equal(bench.events, ["readable 5"]);
	assert.is(bench.socket.unread, 5 + 6 + 2);
});

test("what is behind a payload comes once it was read, in a turn of its own", () => {
	const bench = new Bench().connected();
	bench.socket.receive([...publish("a", bytesOf("hello")), 0xd0, 0]);
	assert.is(textOf(bench.client.read(2)), "he");
	bench.clock.advance();
	assert.is(textOf(bench.client.read()), "llo");
	assert.equal(bench.events, ["readable 5"]);
	bench.clock.advance();
	assert.equal(bench.events, ["readable 5", "control 13"]);
});

test("messages that are read later come one by one", () => {
	const bench = new Bench().connected();
	bench.socket.receive([...publish("a", bytesOf("1")), ...publish("b", bytesOf("2")), ...publish("c", bytesOf("3"))]);
	let text = "";
	for (let i = 0; i < 3; i += 1) {
		text += textOf(bench.client.read());
		bench.clock.advance();
	}
	assert.is(text, "123");
});

test("bytes that come while a callback runs are reported after it", () => {
	const order: string[] = [];
	const bench: Bench = new Bench({
		onReadable(count) {
			const text = textOf(bench.client.read(count));
			order.push(`${text} begins`);
			if (text === "1") bench.socket.receive(publish("a", bytesOf("2")));
			order.push(`${text} ends`);
		},
	}).connected();
	bench.socket.receive(publish("a", bytesOf("1")));
	assert.equal(order, ["1 begins", "1 ends", "2 begins", "2 ends"]);
});

test("close between reading and the turn that follows is safe", () => {
	const bench = new Bench().connected();
	bench.socket.receive([...publish("a", bytesOf("hello")), 0xd0, 0]);
	bench.client.read();
	bench.client.close();
	assert.is(bench.clock.pending, 0);
	bench.clock.advance();
	assert.equal(bench.events, ["readable 5"]);
});

test("read gives fewer bytes than asked for when fewer are there, then none", () => {
	const { client, socket } = new Bench().connected();
	socket.receive(publish("a", bytesOf("hello")));
	assert.is(textOf(client.read(100)), "hello");
	assert.is(client.read(1), undefined);
	assert.is(client.read(-1), undefined);
});

test("read of no bytes gives an empty buffer", () => {
	const { client } = new Bench().connected();
	assert.is(client.read(0)?.byteLength, 0);
	assert.is(client.read(new Uint8Array(0)), 0);
});

test("read fills a buffer, a view, or as much of them as is there", () => {
	const { client, socket } = new Bench().connected();
	socket.receive(publish("a", bytesOf("0123456789")));
	const buffer = new ArrayBuffer(3);
	assert.is(client.read(buffer), 3);
	assert.is(textOf(buffer), "012");
	const bytes = bytesOf("--------").slice();
	assert.is(client.read(bytes.subarray(2, 5)), 3);
	assert.is(textOf(bytes), "--345---");
	assert.is(client.read(new DataView(bytes.buffer)), 4);
	assert.is(textOf(bytes), "67895---");
});

test("read into elements that are not bytes is refused", () => {
	const { client, socket } = new Bench().connected();
	socket.receive(publish("a", bytesOf("0123")));
	assert.throws(() => client.read(new Uint16Array(2)), /^invalid buffer$/);
	assert.is(textOf(client.read()), "0123");
});

test("128 KB come through in records, to the byte", () => {
	const payload = Uint8Array.from({ length: 131_072 }, (_, index) => (index * 31) >> 3);
	const parts: Uint8Array[] = [];
	const bench: Bench = new Bench({
		onReadable: count => void parts.push(new Uint8Array(bench.client.read(count) ?? [])),
	}).connected();
	const bytes = publish("a", payload, { QoS: 1, id: 2 });
	for (let i = 0; i < bytes.length; i += 4_096) bench.socket.receive(bytes.subarray(i, i + 4_096));
	assert.ok(Buffer.concat(parts).equals(payload));
	assert.is(bench.sent(), "40020002");
});

test("the acknowledgement follows the callback, and only with the last piece", () => {
	const bench = reader();
	const bytes = publish("a", bytesOf("0123"), { QoS: 1, id: 0x1234 });
	bench.socket.receive(bytes.subarray(0, 8));
	assert.is(bench.sent(), "");
	bench.socket.receive(bytes.subarray(8));
	assert.is(bench.socket.writes.length, 0);
	assert.is(bench.sent(), "40021234");
});

test("acknowledgements wait in order for the socket", () => {
	const bench = reader();
	bench.socket.open(5);
	for (const id of [1, 2, 3]) bench.socket.receive(publish("a", bytesOf("x"), { QoS: 1, id }));
	assert.is(bench.sent(), "40020001");
	bench.socket.open(8);
	assert.is(bench.sent(), "40020002" + "40020003");
});

test("acknowledgements wait for the end of a payload in progress", () => {
	const bench = reader();
	bench.client.write(bytesOf("0"), { topic: "a", byteLength: 2 });
	bench.socket.receive(publish("a", bytesOf("x"), { QoS: 1, id: 1 }));
	assert.is(bench.sent(), "3005" + "000161" + "30");
	bench.client.write(bytesOf("1"));
	bench.socket.open();
	assert.is(bench.sent(), "31" + "40020001");
});

test("a burst of messages is acknowledged whole", () => {
	const bench = reader();
	bench.socket.receive(
		Buffer.concat(Array.from({ length: 200 }, (_, index) => publish("a", bytesOf("x"), { QoS: 1, id: index + 1 }))),
	);
	assert.is(
		bench.sent(),
		Array.from({ length: 200 }, (_, index) => `4002${(index + 1).toString(16).padStart(4, "0")}`).join(""),
	);
	assert.is(bench.told.length, 200);
});

test("no more than 32 acknowledgements wait: what would ask for another stays in the socket", () => {
	const bench = reader();
	bench.socket.open(0);
	const message = publish("a", bytesOf("x"), { QoS: 1, id: 1 });
	for (let i = 0; i < 40; i += 1) bench.socket.receive(message);
	bench.clock.advance();
	assert.is(bench.told.length, 32);
	assert.is(bench.socket.unread, 8 * message.length);
	bench.socket.open(4);
	assert.is(bench.told.length, 32);
	bench.socket.open(31 * 4);
	assert.is(bench.told.length, 40);
	bench.socket.open();
	assert.is(bench.sent(), "40020001".repeat(40));
});

test("the application is told that it can write only when no acknowledgement waits", () => {
	const bench = new Bench({ onReadable: count => void bench.client.read(count) }).connected();
	bench.socket.open(3);
	bench.socket.receive(publish("a", bytesOf("x"), { QoS: 1, id: 1 }));
	bench.clock.advance();
	assert.equal(bench.events, []);
	bench.socket.open(100);
	assert.equal(bench.events, ["writable 88"]);
});

test("a callback that throws does not keep what follows from coming", () => {
	let throwing = true;
	const bench: Bench = new Bench({
		onReadable(count) {
			bench.client.read(count);
			if (throwing) throw new Error("mine");
			bench.events.push("fine");
		},
	}).connected();
	assert.throws(() => bench.socket.receive(publish("a", bytesOf("x"))), /^mine$/);
	throwing = false;
	bench.socket.receive(publish("a", bytesOf("y")));
	assert.equal(bench.events, ["fine"]);
});

for (const [what, bytes, reason] of [
	["packet type 0", "0000", /packet type 0/],
	["packet type 15", "f000", /packet type 15/],
	["CONNECT", "100c", /packet type 1,/],
	["SUBSCRIBE", "8206", /packet type 8,/],
	["UNSUBSCRIBE", "a205", /packet type 10/],
	["PINGREQ", "c000", /packet type 12/],
	["DISCONNECT", "e000", /packet type 14/],
	["a second CONNACK", "20020000", /unexpected CONNACK/],
	["a remaining length of five bytes", "308080808001", /remaining length/],
	["a fourth byte of remaining length that says another one follows", "3080808080", /remaining length/],
	["PUBLISH at QoS 3", "3605", /QoS 3/],
	["PUBLISH of no bytes", "3000", /without a topic/],
	["PUBLISH of two bytes", "3002", /without a topic/],
	["PUBLISH at QoS 1 of four bytes", "3204", /without a topic/],
	["PUBLISH of no topic", "300400000000", /empty topic/],
	["PUBLISH whose topic is longer than the packet", "30050004616161", /longer than the packet/],
	["PUBLISH at QoS 1 whose topic leaves no room for its packet identifier", "320500026161", /longer than the packet/],
	["PUBLISH at QoS 1 with packet identifier 0", "32050001610000", /packet identifier 0/],
	["PUBLISH with a null character in its topic", "30050003610061", /null character/],
	["PUBLISH whose topic is not UTF-8", "30040002c328", /UTF-8/],
	["PUBLISH with + in its topic", "30030001" + "2b", /wildcard/],
	["PUBLISH with # in its topic", "30030001" + "23", /wildcard/],
	["PUBACK of three bytes", "4003", /PUBACK of 3 bytes/],
	["PUBACK of no bytes", "4000", /PUBACK of 0 bytes/],
	["PUBACK with flags", "4202", /PUBACK with flags 2/],
	["PUBACK with packet identifier 0", "40020000", /packet identifier 0/],
	["PUBREL without its flags", "6002", /PUBREL with flags 0/],
	["SUBACK without a return code", "9002", /SUBACK of 2 bytes/],
	["SUBACK of 5000 bytes", "908827", /SUBACK of 5000 bytes/],
	["UNSUBACK of four bytes", "b004", /UNSUBACK of 4 bytes/],
	["PINGRESP of one byte", "d001", /PINGRESP of 1 bytes/],
] as const)
	test(`${what} ends the connection`, () => {
		const bench = new Bench().connected();
		bench.socket.receive(unhex(bytes));
		assert.equal(bench.events, ["error"]);
		assert.match(bench.traces.join(), reason);
		assert.ok(bench.socket.closed);
	});

for (const [what, bytes] of [
	["PUBLISH", "3003000161"],
	["PINGRESP", "d000"],
	["PUBACK", "40020001"],
] as const)
	test(`${what} before CONNACK ends the connection`, () => {
		const bench = new Bench();
		bench.socket.open();
		bench.socket.receive(unhex(bytes));
		assert.equal(bench.events, ["error"]);
		assert.match(bench.traces.join(), "CONNACK must come first");
	});

for (const bytes of ["20020000", "d000", "3003000161"])
	test(`a server that sends ${bytes} before CONNECT is refused`, () => {
		const bench = new Bench();
		bench.socket.receive(unhex(bytes));
		assert.equal(bench.events, ["error"]);
		assert.ok(bench.socket.closed);
	});

test("CONNACK is refused while CONNECT is not written whole", () => {
	const bench = new Bench();
	bench.socket.open(5);
	bench.socket.receive(unhex("20020000"));
	assert.equal(bench.events, ["error"]);
});

for (const [what, bytes] of [
	["flags", "2102"],
	["three bytes", "2003"],
] as const)
	test(`CONNACK with ${what} ends the connection`, () => {
		const bench = new Bench();
		bench.socket.open();
		bench.socket.receive(unhex(bytes));
		assert.equal(bench.events, ["error"]);
	});

test("random bytes end the connection or are taken, and never throw", () => {
	let seed = 1;
	const random = (limit: number): number => {
		seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		return (seed >> 8) % limit;
	};
	let ended = 0;
	for (let run = 0; run < 2_000; run += 1) {
		const bench = reader();
		for (let i = 0; i < 40; i += 1) bench.socket.receive(Array.from({ length: 1 + random(8) }, () => random(256)));
		bench.clock.advance();
		ended += bench.socket.closed ? 1 : 0;
	}
	assert.ok(ended > 1_000, `${ended} of 2000 connections ended`);
});

test.run();
