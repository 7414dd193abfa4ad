// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ClientOptions, operations } from "../../../modules/iot/mqtt.js";
import type { SessionOptions } from "../../../modules/iot/session-options.js";
import { bytes, FakeClient, setUp } from "./session-fakes.js";

type Given = ReturnType<typeof setUp>;

test("it comes back forever, with delays that double up to the cap", () => {
	const { client, time, retry } = setUp({ backoff: { base: 1_000, cap: 8_000 } });
	const delays = [];
	for (let i = 0; i < 6; i += 1) {
		client().fail();
		delays.push(retry());
		time.advance(retry() * 1_000 + 1);
	}
	assert.equal(delays, [1, 2, 4, 8, 8, 8]);
	assert.is(FakeClient.all.length, 7);
});

test("a failed client is closed, not inside its own callback, and once", () => {
	const { client, time } = setUp();
	const first = client();
	first.fail();
	assert.not(first.closed);
	time.advance(0);
	assert.ok(first.closed);
});

test("what an earlier connection's socket still tells is no news of the present one", () => {
	const { client, time, session, error, retry, up } = setUp();
	const first = client();
	first.fail();
	time.advance(retry() * 1_000 + 1);
	up();
	first.secure.onFailure(new Error("late"));
	first.secure.onConnected();
	assert.ok(session.ready);
	client().fail();
	assert.not.match(error(), "late");
});

test("two CONNECTs are never less than a second apart", () => {
	const { client, time } = setUp({ random: () => 0 });
	client().fail();
	time.advance(999);
	assert.is(FakeClient.all.length, 1);
	time.advance(1);
	assert.is(FakeClient.all.length, 2);
});

test("the back-off does not start again on CONNACK, only after a connection that lasted", () => {
	const { client, time, retry, up } = setUp();
	for (const seconds of [1, 2, 4]) {
		up();
		client().secure.onFailure(new Error("TLS reading: bad record"));
		client().fail();
		assert.is(retry(), seconds);
		time.advance(retry() * 1_000 + 1);
	}
	up();
	time.advance(30_000);
	client().fail();
	assert.is(retry(), 1);
});

test("a client that fails while it is made is one failed attempt", () => {
	let tries = 0;
	const io = class extends FakeClient {
		constructor(options: ClientOptions) {
			super(options);
			tries += 1;
			options.onError();
		}
	};
	const { time, retry } = setUp({ io });
	time.advance(0);
	assert.ok(FakeClient.all[0]?.closed);
	time.advance(retry() * 1_000);
	assert.is(tries, 2);
});

test("a client whose constructor throws is one failed attempt", () => {
	let tries = 0;
	const io = class {
		constructor() {
			tries += 1;
			throw new Error("no sockets left");
		}
	} as unknown as SessionOptions["io"];
	const { time, error } = setUp({ io });
	assert.is(error(), "no sockets left");
	time.advance(10_000);
	assert.ok(tries > 1);
});

test("closing while it waits for the next attempt ends the waiting", () => {
	const { session, client, time } = setUp();
	client().fail();
	session.close();
	time.advance(200_000);
	assert.is(FakeClient.all.length, 1);
});

test("late news of a dropped client is ignored", () => {
	const { client, time, retry, up } = setUp();
	up();
	const old = client();
	old.fail();
	time.advance(retry() * 1_000);
	old.options.onWritable(10);
	old.options.onControl({ operation: operations.CONNACK });
	old.fail();
	assert.is(FakeClient.all.length, 2);
	assert.is(client().of(operations.SUBSCRIBE).length, 0);
});

test("by default the delay is anything up to 1 s at first, then up to the double, and up to 128 s at most", () => {
	const draws = [0.5, 0.5, 0.25, 1 - 2 ** -32];
	const { client, time, retry } = setUp({ random: () => draws.shift() ?? 1 - 2 ** -32 });
	const delays = [];
	for (let i = 0; i < 10; i += 1) {
		time.advance(1_000);
		client().fail();
		delays.push(retry());
		time.advance(retry() * 1_000);
	}
	assert.equal(delays, [0.5, 1, 1, 8, 16, 32, 64, 128, 128, 128]);
});

test("two CONNECTs are a second apart, however long a handshake takes", () => {
	const { client, time, retry } = setUp({ random: () => 0 });
	time.advance(900);
	client().login();
	client().fail();
	assert.is(retry(), 1);
	time.advance(1_000);
	assert.is(FakeClient.all.length, 2);
});

test("a connection is a good one after 30 s, and not before", () => {
	for (const [lasted, expected] of [
		[29_999, 4],
		[30_000, 1],
	] as const) {
		const { client, time, retry, up } = setUp();
		for (const _ of [1, 2]) {
			client().fail();
			time.advance(retry() * 1_000);
		}
		up();
		time.advance(lasted);
		client().fail();
		assert.is(retry(), expected);
	}
});

/** Ways in which a far end that refuses something ends a connection of MQTT 3.1.1. */
const closings = {
	"instead of CONNACK": ({ client }: Given) => {
		client().login();
	},
	"instead of SUBACK": ({ client }: Given) => client().accept(),
	"after a PUBLISH": ({ session, up }: Given) => {
		up();
		session.publish("t", bytes("x"), 1);
	},
	"soon after it was ready": ({ up }: Given) => up(),
} as const;

function end(given: Given, closing: keyof typeof closings): number {
	closings[closing](given);
	given.client().fail();
	const seconds = given.retry();
	given.time.advance(seconds * 1_000);
	return seconds;
}

for (const closing of Object.keys(closings) as (keyof typeof closings)[])
	test(`closed ${closing} once is no refusal, twice in a row is one: the back-off starts at 30 s then`, () => {
		const given = setUp();
		assert.equal([end(given, closing), end(given, closing), end(given, closing)], [1, 30, 60]);
	});

test("ends at different actions are no refusals", () => {
	const given = setUp();
	assert.equal(
		[end(given, "instead of SUBACK"), end(given, "after a PUBLISH"), end(given, "instead of SUBACK")],
		[1, 2, 4],
	);
});

test("what happens in between breaks the row: a name that is not resolved, a good connection", () => {
	const given = setUp();
	end(given, "instead of SUBACK");
	given.client().fail();
	given.time.advance(given.retry() * 1_000);
	assert.is(end(given, "instead of SUBACK"), 4);
	given.up();
	given.time.advance(30_000);
	given.client().fail();
	given.time.advance(given.retry() * 1_000);
	assert.is(end(given, "soon after it was ready"), 2);
});

test("a client id that another device uses is named when two connections in a row end soon", () => {
	const given = setUp();
	end(given, "soon after it was ready");
	assert.match(given.error(), /If this repeats, another device may use the client id BABQ/);
	end(given, "soon after it was ready");
	assert.match(given.error(), /most likely another device uses the client id BABQ/);
});

test("a network that goes and comes back is no sign of another device, however often it does", () => {
	const { session, client, time, error, retry, up } = setUp();
	for (let times = 0; times < 4; times += 1) {
		up();
		time.advance(5_000);
		client().lose();
		assert.match(error(), /^The connection was lost: the network or the far end dropped it/);
		assert.ok(retry() <= 1);
		session.pause();
		time.advance(60_000);
		session.resume();
		time.advance(2_000);
	}
});

test("a connection on which a PUBACK is awaited and nothing comes is given up after three of its deadlines", () => {
	const { session, client, time, error, up } = setUp();
	up();
	time.advance(300_000);
	session.publish("t", bytes("x"), 1);
	time.advance(29_999);
	assert.is(client().of(operations.PUBLISH).length, 2);
	assert.is(error(), "undefined");
	time.advance(1);
	assert.match(error(), /The connection went silent/);
});

test("a connection on which anything comes is not silent, though a PUBACK does not", () => {
	const { session, client, time, error, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	for (let i = 0; i < 10; i += 1) {
		time.advance(15_000);
		client().options.onControl({ operation: operations.PINGRESP });
	}
	assert.is(error(), "undefined");
	assert.is(client().of(operations.PUBLISH).length, 4, "at 0, 12.5, 37.5 and 87.5 s");
});

test("a connection that takes nothing any more is not asked again and again", () => {
	let timers = 0;
	const { session, client, time, error, up } = setUp();
	const { set } = time.timer;
	time.timer.set = (callback, milliseconds) => {
		timers += 1;
		return set(callback, milliseconds);
	};
	up();
	session.publish("t", bytes("x"), 1);
	client().options.onWritable(0);
	time.advance(30_000);
	assert.match(error(), /The connection went silent/);
	assert.ok(timers < 10, `${timers} timers`);
});

test.run();
