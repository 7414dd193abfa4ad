// SPDX-License-Identifier: MIT
/** What of the MQTT client only XS can show: its module's name, XS's UTF-8, buffers and timers. */
import Timer from "timer";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesOf, connected, FakeSocket, hex, MQTTClient, Resolver, textOf } from "./fakes.js";

const sleep = (milliseconds: number): Promise<void> =>
	new Promise(resolve => void Timer.set(() => resolve(), milliseconds));

/** A PUBLISH at QoS 1 with packet identifier 5; topic and payload together have less than 124 bytes. */
function publish(topic: Uint8Array, payload: Uint8Array): Uint8Array {
	return Uint8Array.of(0x32, topic.length + payload.length + 4, 0, topic.length, ...topic, 0, 5, ...payload);
}

test("the module's default export is the class, with its operations", () => {
	assert.type(MQTTClient, "function");
	assert.equal([MQTTClient.CONNECT, MQTTClient.PUBLISH, MQTTClient.SUBSCRIBE, MQTTClient.DISCONNECT], [1, 3, 8, 14]);
});

test("strings are sent as UTF-8", () => {
	const client = connected();
	client.write(bytesOf("😀"), { topic: "ä/€" });
	client.close();
	assert.is(
		hex(FakeSocket.last.written),
		"100e00044d51545404020000" + "0002c3a9" + "300c" + "0006c3a42fe282ac" + "f09f9880",
	);
});

test("topics and payloads come back from UTF-8", () => {
	const told: string[] = [];
	const client = connected({
		onReadable(count, { topic }) {
			told.push(topic ?? "", textOf(client.read(count)));
		},
	});
	FakeSocket.last.receive(publish(bytesOf("ä/😀"), bytesOf("€")));
	client.close();
	assert.equal(told, ["ä/😀", "€"]);
});

for (const [what, topic] of [
	["not UTF-8", [0xc3, 0x28]],
	["cut within a character", [0xe2, 0x82]],
	["with a null character", [0x61, 0, 0x62]],
] as const)
	test(`a topic that is ${what} ends the connection`, () => {
		let errors = 0;
		connected({ onReadable: () => assert.unreachable(), onError: () => void (errors += 1) });
		FakeSocket.last.receive(publish(Uint8Array.from(topic), bytesOf("x")));
		assert.is(errors, 1);
		assert.ok(FakeSocket.last.closed);
	});

test("packets in pieces of any size are reported the same", () => {
	const bytes = publish(bytesOf("a/b"), bytesOf("payload"));
	for (let cut = 1; cut < bytes.length; cut += 1) {
		let text = "";
		const client = connected({
			onReadable(count) {
				text += textOf(client.read(count));
			},
		});
		FakeSocket.last.receive(bytes.slice(0, cut));
		FakeSocket.last.receive(bytes.slice(cut));
		client.close();
		assert.is(text, "payload", `cut at ${cut}`);
	}
});

test("a view of a buffer is filled in place", () => {
	const target = new Uint8Array(6);
	const client = connected({
		onReadable() {
			assert.is(client.read(target.subarray(2)), 4);
		},
	});
	FakeSocket.last.receive(publish(bytesOf("a"), bytesOf("abcd")));
	client.close();
	assert.is(hex(target), "000061626364");
});

test("a message at QoS 1 is acknowledged in the turn after it was told", async () => {
	const client = connected({
		onReadable(count) {
			client.read(count);
		},
	});
	FakeSocket.last.written = new Uint8Array(0);
	FakeSocket.last.receive(publish(bytesOf("a"), bytesOf("x")));
	assert.is(hex(FakeSocket.last.written), "");
	await sleep(5);
	client.close();
	assert.is(hex(FakeSocket.last.written), "40020005");
});

test("pings are sent by the timer, and a server that is silent is given up", async () => {
	let failed = false;
	connected({
		keepAlive: 1_000,
		onError: () => {
			failed = true;
		},
	});
	FakeSocket.last.written = new Uint8Array(0);
	await sleep(1_000);
	assert.is(hex(FakeSocket.last.written).slice(0, 4), "c000");
	assert.not.ok(failed);
	await sleep(1_000);
	assert.ok(failed);
	assert.ok(FakeSocket.last.closed);
});

test("close inside every callback is safe", async () => {
	for (const callback of ["onReadable", "onWritable", "onControl"] as const) {
		let told = 0;
		const client = new MQTTClient({
			host: "broker.example",
			dns: { io: Resolver },
			socket: { io: FakeSocket },
			[callback]: () => {
				told += 1;
				client.close();
			},
		});
		const { last } = FakeSocket;
		last.open(100);
		last.receive(Uint8Array.of(0x20, 2, 0, 0));
		last.receive(publish(bytesOf("a"), bytesOf("x")));
		await sleep(2);
		assert.is(told, 1, callback);
		assert.ok(last.closed, callback);
	}
});

test("128 KB in records of 4 KB come through", () => {
	const length = 131_072;
	let sum = 0;
	let received = 0;
	const client = connected({
		onReadable(count) {
			for (const byte of new Uint8Array(client.read(count) ?? new ArrayBuffer(0))) sum += byte;
			received += count;
		},
	});
	FakeSocket.last.receive(Uint8Array.of(0x30, 0x83, 0x80, 0x08, 0, 1, 0x61));
	for (let i = 0; i < length; i += 4_096) FakeSocket.last.receive(new Uint8Array(4_096).fill(i >> 12));
	client.close();
	assert.is(received, length);
	assert.is(sum, (4_096 * 31 * 32) / 2);
});

test.run();
