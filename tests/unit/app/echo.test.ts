// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Echo } from "../../../app/echo.js";
import { VirtualTime } from "../virtual-time.js";

function setUp({ messages = 0, takes = true } = {}) {
	const time = new VirtualTime();
	const events: { name: string; fields: Record<string, unknown> }[] = [];
	const published: { text: string; QoS: number; at: number }[] = [];
	const state = { takes, closed: 0 };
	const publisher = {
		ready: true,
		publish(_topic: string, payload: Uint8Array, QoS: 0 | 1) {
			if (state.takes) published.push({ text: new TextDecoder().decode(payload), QoS, at: time.now() });
			return state.takes;
		},
		close: () => {
			state.closed += 1;
		},
	};
	const echo = new Echo({
		topic: "t",
		clientId: "ME",
		interval: 5_000,
		messages,
		timer: time.timer,
		encode: text => new TextEncoder().encode(text),
		decode: bytes => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
		report: (name, fields = {}) => events.push({ name, fields }),
	});
	const receive = (text: string) => {
		const payload = new TextEncoder().encode(text);
		echo.receive({ topic: "t", QoS: 0, payload, byteLength: payload.length });
	};
	return { echo, publisher, published, events, time, state, receive };
}

test("each round publishes at QoS 0 and at QoS 1, with a counter and the client id", () => {
	const { echo, publisher, published, time } = setUp();
	echo.start(publisher);
	time.advance(5_000);
	assert.equal(
		published.map(({ text, at }) => [text, at]),
		[
			["hello from ESP32 (QOS0) : 1 : ME", 0],
			["hello from ESP32 (QOS1) : 2 : ME", 0],
			["hello from ESP32 (QOS0) : 3 : ME", 5_000],
			["hello from ESP32 (QOS1) : 4 : ME", 5_000],
		],
	);
	assert.equal(
		published.map(({ QoS }) => QoS),
		[0, 1, 0, 1],
	);
});

test("after a reconnect there is still one round an interval, and the counter goes on", () => {
	const { echo, publisher, published, time } = setUp();
	echo.start(publisher);
	time.advance(2_000);
	echo.start(publisher);
	time.advance(5_000);
	assert.equal(
		published.map(({ at }) => at),
		[0, 0, 2_000, 2_000, 7_000, 7_000],
	);
	assert.ok(published.at(-1)?.text.includes(": 6 :"));
});

test("a full outbox skips the round and says so, and the counter counts only what was taken", () => {
	const { echo, publisher, published, events, time, state } = setUp({ takes: false });
	echo.start(publisher);
	assert.equal(
		events.map(({ name }) => name),
		["full"],
	);
	state.takes = true;
	time.advance(5_000);
	assert.ok(published[0]?.text.includes(": 1 :"));
});

test("a full outbox is said once, and again only after a message was taken", () => {
	const { echo, publisher, events, time, state } = setUp({ takes: false });
	const said = () => events.filter(({ name }) => name === "full").length;
	echo.start(publisher);
	time.advance(60_000);
	assert.is(said(), 1);
	state.takes = true;
	time.advance(5_000);
	state.takes = false;
	time.advance(60_000);
	assert.is(said(), 2);
});

test("an echo that was ended publishes no more", () => {
	const { echo, publisher, published, events, time } = setUp();
	echo.start(publisher);
	echo.end();
	time.advance(60_000);
	assert.is(published.length, 2);
	assert.equal(events, []);
	assert.is(time.pending, 0);
});

test("it prints its own echoes and others' messages, and tells them apart", () => {
	const { events, receive } = setUp();
	receive("hello from ESP32 (QOS0) : 1 : ME");
	receive("hello from ESP32 (QOS0) : 1 : OTHER");
	assert.equal(
		events.map(({ fields }) => fields.own),
		[true, false],
	);
});

test("bytes that are no UTF-8 are reported, not thrown", () => {
	const { echo, events } = setUp();
	echo.receive({ topic: "t", QoS: 1, payload: Uint8Array.of(0xff, 0xfe), byteLength: 2 });
	assert.is(events[0]?.fields.payload, "(not UTF-8)");
});

test("it ends the session after the echoes it was asked for, counting only its own", () => {
	const { echo, publisher, receive, time, state } = setUp({ messages: 2 });
	echo.start(publisher);
	receive("x : ME");
	receive("x : OTHER");
	assert.is(state.closed, 0);
	receive("x : ME");
	receive("x : ME");
	assert.is(state.closed, 1);
	assert.is(time.pending, 0);
});

test.run();
