// SPDX-License-Identifier: MIT
/** Keep-alive (MQTT 3.1.1, section 3.1.2.10) on a clock that the test moves. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MQTTConnection } from "../../../../host/platform/sdk/mqtt/connection.js";
import { Bench, bytesOf, hex } from "./fakes.js";

const ping = "c000";
const pong = [0xd0, 0];

/** A connected client whose keep-alive is a minute. */
function minute(): Bench {
	return new Bench({ keepAlive: 60_000 }).connected();
}

test("a ping is sent at three quarters of the interval", () => {
	const bench = minute();
	bench.clock.advance(44_999);
	assert.is(bench.sent(), "");
	bench.clock.advance(1);
	assert.is(bench.sent(), ping);
});

test("a ping is sent at three quarters of every interval while they are answered", () => {
	const bench = minute();
	for (let i = 0; i < 20; i += 1) {
		bench.clock.advance(45_000);
		assert.is(bench.sent(), ping);
		bench.socket.receive(pong);
	}
	assert.not.ok(bench.events.includes("error"));
});

test("without keep-alive no ping is sent", () => {
	const bench = new Bench({ keepAlive: 0 }).connected();
	bench.clock.advance(1_000_000);
	assert.is(bench.sent(), "");
	assert.is(bench.clock.pending, 0);
});

test("a server that does not answer is given up after one and a half intervals", () => {
	const bench = minute();
	bench.clock.advance(89_999);
	assert.not.ok(bench.socket.closed);
	bench.clock.advance(1);
	assert.is(bench.events.at(-1), "error");
	assert.match(bench.reasons[0] ?? "", "has not answered the keep-alive's PINGREQ");
	assert.equal(bench.traces, ["mqttClient error: time out\n"]);
	assert.ok(bench.socket.closed);
});

test("messages of the client do not replace the ping", () => {
	const bench = minute();
	bench.clock.advance(40_000);
	bench.client.write(bytesOf("x"), { topic: "a" });
	bench.sent();
	bench.clock.advance(5_000);
	assert.is(bench.sent(), ping);
});

test("a ping of the application's counts", () => {
	const bench = minute();
	bench.clock.advance(30_000);
	bench.client.write(null, { operation: MQTTConnection.PINGREQ });
	bench.socket.receive(pong);
	bench.sent();
	bench.clock.advance(44_999);
	assert.is(bench.sent(), "");
	bench.clock.advance(1);
	assert.is(bench.sent(), ping);
});

test("a ping that the socket does not take is the end at the next check", () => {
	const bench = minute();
	bench.socket.open(1);
	bench.clock.advance(45_000);
	assert.not.ok(bench.socket.closed);
	bench.clock.advance(15_000);
	assert.ok(bench.socket.closed);
	assert.equal(bench.traces, ["mqttClient error: time out\n"]);
});

test("a missing CONNACK is noticed", () => {
	const bench = new Bench({ keepAlive: 60_000 });
	bench.socket.open();
	bench.clock.advance(60_000);
	assert.ok(bench.socket.closed);
	assert.is(hex(bench.socket.written).slice(0, 2), "10");
	assert.equal(bench.events, ["error"]);
});

test("an interval of one second is kept", () => {
	const bench = new Bench({ keepAlive: 1 }).connected();
	for (let i = 0; i < 10; i += 1) {
		bench.clock.advance(750);
		assert.ok(bench.sent().startsWith(ping));
		bench.socket.receive(pong);
	}
	assert.not.ok(bench.socket.closed);
});

test.run();
