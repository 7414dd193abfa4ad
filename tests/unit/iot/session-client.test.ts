// SPDX-License-Identifier: MIT
/** The session over the real MQTT clients, down to the bytes, in virtual time. MODDABLE=/path/to/moddable adds the SDK's client. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { watchConnack } from "../../../modules/iot/connack.js";
import type { Message } from "../../../modules/iot/inbox.js";
import { Session } from "../../../modules/iot/session.js";
import type { SessionOptions } from "../../../modules/iot/session-options.js";
import { packetType } from "../../../tools/iot-core/scenario/packet.js";
import { Clock } from "../host/mqtt/fakes.js";
import { clients, FarEnd } from "./far-end.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const { CONNECT, PUBLISH, PUBACK, SUBSCRIBE, PINGREQ } = packetType;

/** Resolves every name at once. */
class Resolver {
	resolve({ host, onResolved }: { host: string; onResolved(host: string, address: string): void }): void {
		onResolved(host, "192.0.2.1");
	}
}

type Setting = ReturnType<typeof setting>;

function setting(io: SessionOptions["io"], clock: Clock, overrides: Partial<SessionOptions>) {
	FarEnd.all = [];
	FarEnd.window = 4_096;
	const events: { name: string; fields: Record<string, unknown> }[] = [];
	const messages: { text: string; pubacks: number }[] = [];
	const far = () => FarEnd.all.at(-1) as FarEnd;
	const onMessage = ({ payload }: Message) =>
		messages.push({ text: new TextDecoder().decode(payload), pubacks: far().of(PUBACK).length });
	const session = new Session({
		io,
		host: "a-ats.iot.r.amazonaws.com",
		port: 8883,
		clientId: "BABQ",
		keepAlive: 60,
		dns: { io: Resolver },
		socket: { io: watchConnack(FarEnd), secure: {} },
		subscriptions: [{ topic: "t", QoS: 1 }],
		timer: clock,
		now: () => clock.ticks,
		random: () => 0.5,
		report: (name, fields = {}) => events.push({ name, fields }),
		onReady: () => undefined,
		onMessage,
		...overrides,
	});
	const last = (name: string) => events.filter(event => event.name === name).at(-1)?.fields ?? {};
	/** CONNACK and, when there was a SUBSCRIBE, SUBACK. */
	const accept = (sessionPresent = 0) => {
		far().open();
		far().send(0x20, 2, sessionPresent, 0);
		clock.advance(0);
		const id = far().of(SUBSCRIBE)[0]?.id;
		if (id !== undefined) far().send(0x90, 3, id >> 8, id & 0xff, 1);
		clock.advance(0);
	};
	const comeBack = () => clock.advance(1_000 * Number(last("retry").seconds));
	return { session, clock, far, messages, accept, comeBack, error: () => String(last("error").message) };
}

function each(name: string, body: (given: Setting) => void, overrides: Partial<SessionOptions> = {}): void {
	for (const [client, make] of Object.entries(clients))
		test(`${name}, over ${client}`, async () => {
			const clock = new Clock();
			body(setting(await make(clock), clock, overrides));
		});
}

each(
	"a missing PINGRESP ends the connection after one and a half keep-alives, and it comes back",
	({ clock, far, accept, comeBack, error }) => {
		accept();
		const first = far();
		clock.advance(60_000);
		assert.ok(first.of(PINGREQ).length > 0);
		assert.not(first.closed);
		clock.advance(45_000);
		assert.ok(first.closed);
		assert.match(
			error(),
			/has not answered the keep-alive's PINGREQ|no PINGRESP came within one and a half times the keep-alive/,
		);
		comeBack();
		assert.is(FarEnd.all.length, 2);
	},
);

each("a PINGRESP for each PINGREQ keeps the connection", ({ clock, far, accept }) => {
	accept();
	for (let seconds = 0; seconds < 600; seconds += 15) {
		const answered = far().of(PINGREQ).length;
		clock.advance(15_000);
		if (far().of(PINGREQ).length > answered) far().send(0xd0, 0);
	}
	assert.not(far().closed);
	assert.is(FarEnd.all.length, 1);
});

each("PUBACK goes out when the application has taken the message, not before", ({ clock, far, accept, messages }) => {
	accept();
	far().publish(7, "hello");
	clock.advance(0);
	assert.equal(messages, [{ text: "hello", pubacks: 0 }]);
	assert.equal(
		far()
			.of(PUBACK)
			.map(({ id }) => id),
		[7],
	);
});

each(
	"half a message is neither told nor acknowledged, and comes whole when it is sent again",
	({ clock, far, accept, comeBack, messages }) => {
		accept();
		far().publish(7, "hel", 5);
		clock.advance(0);
		far().lose();
		comeBack();
		accept();
		assert.equal(messages, []);
		far().publish(9, "hello");
		clock.advance(0);
		assert.equal(
			messages.map(({ text }) => text),
			["hello"],
		);
		assert.equal(
			FarEnd.all.flatMap(end => end.of(PUBACK)).map(({ id }) => id),
			[9],
		);
	},
);

each(
	"a message that was not acknowledged is published again after the connection was lost: same id, same payload, DUP",
	({ session, far, accept, comeBack }) => {
		accept();
		session.publish("t", bytes("x"), 1);
		const [first] = far().of(PUBLISH);
		assert.is(first?.dup, false);
		far().lose();
		comeBack();
		accept();
		const [second] = far().of(PUBLISH);
		assert.is(second?.dup, true);
		assert.is(second?.id, first?.id);
		assert.equal(second?.bytes.subarray(1), first?.bytes.subarray(1));
	},
);

each("a SUBSCRIBE that is not answered is repeated with its packet id", ({ clock, far }) => {
	far().open();
	far().send(0x20, 2, 0, 0);
	clock.advance(10_000);
	const [first, second] = far().of(SUBSCRIBE);
	assert.is(first?.id, second?.id);
});

each("SUBACK's failure code is reported", ({ far, error }) => {
	far().open();
	far().send(0x20, 2, 0, 0);
	const id = far().of(SUBSCRIBE)[0]?.id ?? 0;
	far().send(0x90, 3, id >> 8, id & 0xff, 0x80);
	assert.match(error(), /subscription to t was refused \(SUBACK 0x80\)/);
});

each(
	"a persistent session that is present is not subscribed to again, one that is not is",
	({ far, accept, comeBack }) => {
		accept();
		assert.is(far().of(SUBSCRIBE).length, 1);
		assert.is(far().of(CONNECT)[0]?.clean, false);
		far().lose();
		comeBack();
		accept(1);
		assert.is(far().of(SUBSCRIBE).length, 0);
		far().lose();
		comeBack();
		accept(0);
		assert.is(far().of(SUBSCRIBE).length, 1);
	},
	{ persistent: true },
);

each(
	"messages that wait are bounded: what is too much is not taken, and there is room again after a PUBACK",
	({ session, far, accept }) => {
		accept();
		FarEnd.window = 0;
		const taken = Array.from({ length: 6 }, () => session.publish("t", bytes("x"), 1));
		assert.equal(taken, [true, true, true, true, false, false]);
		assert.is(far().of(PUBLISH).length, 1);
		FarEnd.window = 4_096;
		far().takes(FarEnd.window);
		assert.is(far().of(PUBLISH).length, 4);
		const id = far().of(PUBLISH)[0]?.id ?? 0;
		far().send(0x40, 2, id >> 8, id & 0xff);
		assert.ok(session.publish("t", bytes("x"), 1));
	},
	{ outboxLimit: 4 },
);

each(
	"a will stands in CONNECT, with its QoS",
	({ far }) => {
		far().open();
		const [connect] = far().of(CONNECT);
		assert.is((connect?.bytes[9] ?? 0) & 0b0011_1100, 0b0000_1100);
		assert.ok(connect?.bytes.includes("gone"));
	},
	{ will: { topic: "t/will", message: "gone", QoS: 1, retain: false } },
);

each("a return code of CONNACK that refuses is reported", ({ far, error }) => {
	far().open();
	far().send(0x20, 2, 0, 5);
	assert.match(error(), /return code 5, not authorized/);
});

test.run();
