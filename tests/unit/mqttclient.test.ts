import { test } from "uvu";
import * as assert from "uvu/assert";
import { Bench, FakeSocket, bytesOf, publish, textOf } from "./mqttclient-fakes.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("the socket gets the address, the host, the port and the caller's own options", () => {
	const bench = new Bench({ port: 8883, socket: { io: FakeSocket, nodelay: true } as { io: typeof FakeSocket } });
	const { address, host, port, nodelay } = bench.socket.options;
	assert.equal({ address, host, port, nodelay }, { address: "192.0.2.1", host: "broker.example", port: 8883, nodelay: true });
});

test("CONNECT is written once, in one write, when the socket becomes writable", () => {
	const bench = new Bench();
	bench.socket.open();
	assert.is(bench.socket.writes.length, 1);
	assert.is(hex(bench.socket.written), "100e00044d51545404020000" + "00026d65");
});

test("QoS 1 is acknowledged after the message was told, with its packet identifier", () => {
	const bench = new Bench({ onReadable: count => void bench.client.read(count) }).connected();
	bench.socket.receive(publish("a", bytesOf("hello"), { QoS: 1, id: 0x1234 }));
	assert.is(bench.socket.writes.length, 0);
	bench.clock.advance();
	assert.is(hex(bench.socket.written), "40021234");
});

test("a message is read in one piece", () => {
	let text = "";
	const bench = new Bench({ onReadable(count) { text += textOf(bench.client.read(count)); } }).connected();
	bench.socket.receive(publish("a/b", bytesOf("hello")));
	assert.is(text, "hello");
});

test.run();
