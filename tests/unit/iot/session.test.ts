// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { operations } from "../../../modules/iot/mqtt.js";
import { bytes, FakeClient, setUp } from "./session-fakes.js";

test("it connects with the client id, keep-alive in milliseconds and a clean session", () => {
	const { client } = setUp();
	const { host, port, id, keepAlive, clean } = client().options;
	assert.equal(
		{ host, port, id, keepAlive, clean },
		{ host: "a-ats.iot.r.amazonaws.com", port: 8883, id: "BABQ", keepAlive: 60_000, clean: true },
	);
});

test("the socket's own secure options reach the socket beside the session's callbacks", () => {
	assert.is(setUp().client().secure.trustedRoots, "kept");
});

for (const [port, protocols] of [
	[8883, undefined],
	[443, ["x-amzn-mqtt-ca"]],
] as const)
	test(`on port ${port} the protocol that AWS IoT asks for is ${protocols ?? "none"}`, () => {
		assert.equal(setUp({ port }).client().secure.applicationLayerProtocols, protocols);
	});

test("a protocol of the owner's takes precedence", () => {
	const secure = { applicationLayerProtocols: ["mqtt"] };
	const { client } = setUp({ port: 443, socket: { io: class {}, secure } });
	assert.equal(client().secure.applicationLayerProtocols, ["mqtt"]);
});

test("it subscribes after CONNACK, once, and is ready after SUBACK", () => {
	const { client, session, readies } = setUp();
	client().accept();
	assert.equal(
		client()
			.of(operations.SUBSCRIBE)
			.map(({ items }) => items),
		[[{ topic: "t", QoS: 1 }]],
	);
	assert.not(session.ready);
	client().grant();
	assert.ok(session.ready);
	assert.is(readies(), 1);
});

test("what the server's certificate proves of the time reaches the application, connection by connection", () => {
	const proven: (number | undefined)[] = [];
	const { client, time, retry } = setUp({ onReady: serverValidFrom => proven.push(serverValidFrom) });
	for (const serverValidFrom of [1_790_000_000, undefined]) {
		client().secure.onConnected();
		client().secure.onSecured({ version: "TLSv1.2", serverValidFrom });
		client().options.onControl({ operation: operations.CONNACK, returnCode: 0 });
		client().options.onWritable(FakeClient.window);
		client().grant();
		client().fail();
		time.advance(retry() * 1_000);
	}
	assert.equal(proven, [1_790_000_000, undefined]);
});

test("a SUBACK for another packet id does not count", () => {
	const { client, session } = setUp();
	client().accept();
	client().options.onControl({ operation: operations.SUBACK, id: 999, payload: [1] });
	assert.not(session.ready);
});

test("without a SUBACK it subscribes again with the same packet id, and gives the connection up after three", () => {
	const { client, error, time } = setUp();
	client().accept();
	const first = client();
	time.advance(29_999);
	assert.is(first.of(operations.SUBSCRIBE).length, 3);
	assert.is(new Set(first.of(operations.SUBSCRIBE).map(({ id }) => id)).size, 1);
	time.advance(2);
	assert.match(error(), /No SUBACK in time/);
});

test("how long a CONNACK may take, and a SUBACK before the SUBSCRIBE is repeated, can be set", () => {
	const waiting = setUp({ connackWithin: 500 });
	waiting.time.advance(499);
	assert.is(waiting.error(), "undefined");
	waiting.time.advance(1);
	assert.match(waiting.error(), /./);
	const { client, time } = setUp({ acknowledgeWithin: 200 });
	client().accept();
	time.advance(401);
	assert.is(client().of(operations.SUBSCRIBE).length, 3);
});

test("QoS 0 is refused without a connection and sent with one", () => {
	const { session, client, up } = setUp();
	assert.not(session.publish("t", bytes("x"), 0));
	up();
	assert.ok(session.publish("t", bytes("x"), 0));
	assert.equal(client().last(operations.PUBLISH).QoS, 0);
});

test("QoS 1 is kept before a connection and sent after it", () => {
	const { session, client, up } = setUp();
	assert.ok(session.publish("t", bytes("x"), 1));
	up();
	assert.is(client().of(operations.PUBLISH).length, 1);
});

test("an unacknowledged QoS 1 message is published again with DUP and the same packet id, on the same connection", () => {
	const { session, client, time, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	time.advance(12_500);
	const [first, second] = client().of(operations.PUBLISH);
	assert.is(FakeClient.all.length, 1);
	assert.not(first?.duplicate);
	assert.ok(second?.duplicate);
	assert.is(first?.id, second?.id);
});

test("after PUBACK nothing is published again, and the application is informed", () => {
	const acknowledged: number[] = [];
	const { session, client, time, up } = setUp({ onAcknowledged: id => acknowledged.push(id) });
	up();
	session.publish("t", bytes("x"), 1);
	const { id = 0 } = client().last(operations.PUBLISH);
	client().acknowledge(id);
	time.advance(60_000);
	assert.is(client().of(operations.PUBLISH).length, 1);
	assert.equal(acknowledged, [id]);
});

test("a PUBACK for an unknown id changes nothing", () => {
	const { session, client, time, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	client().acknowledge(4711);
	time.advance(12_500);
	assert.is(client().of(operations.PUBLISH).length, 2);
});

test("after a reconnect an unacknowledged QoS 1 message goes out again with DUP and its id; QoS 0 does not", () => {
	const { session, client, time, retry, up } = setUp();
	up();
	session.publish("t", bytes("zero"), 0);
	session.publish("t", bytes("one"), 1);
	const { id } = client().last(operations.PUBLISH);
	client().fail();
	time.advance(retry() * 1_000);
	up();
	const again = client().of(operations.PUBLISH);
	assert.equal(
		again.map(({ QoS, duplicate, id: sameId }) => ({ QoS, duplicate, sameId })),
		[{ QoS: 1, duplicate: true, sameId: id }],
	);
});

test("a full outbox is an answer, not an exception", () => {
	const { session } = setUp({ outboxLimit: 2 });
	assert.equal(
		[1, 2, 3].map(() => session.publish("t", bytes("x"), 1)),
		[true, true, false],
	);
});

test("nothing is written beyond what the connection takes", () => {
	const { session, client, up } = setUp();
	FakeClient.window = 300;
	up();
	session.publish("t", new Uint8Array(200), 1);
	assert.is(client().of(operations.PUBLISH).length, 0);
	FakeClient.window = 4096;
	client().options.onWritable(4096);
	assert.is(client().of(operations.PUBLISH).length, 1);
});

test("a message in pieces arrives whole", () => {
	const { client, messages, up } = setUp();
	up();
	client().deliver("t/a", "hello world", 4);
	assert.is(new TextDecoder().decode(messages[0]?.payload), "hello world");
	assert.equal([messages[0]?.topic, messages[0]?.QoS, messages[0]?.byteLength], ["t/a", 1, 11]);
});

test("a message beyond the limit is read whole, and its beginning kept", () => {
	const { client, messages, up } = setUp({ payloadLimit: 5 });
	up();
	client().deliver("t", "hello world", 3);
	client().deliver("t", "next");
	assert.equal(
		messages.map(({ payload, byteLength }) => [new TextDecoder().decode(payload), byteLength]),
		[
			["hello", 11],
			["next", 4],
		],
	);
});

test("a persistent session that is present is not subscribed to again", () => {
	const { client, session, time, retry, up } = setUp({ persistent: true });
	assert.is(client().options.clean, false);
	up();
	client().fail();
	time.advance(retry() * 1_000);
	client().socketReads(Uint8Array.of(0x20, 2, 1, 0));
	client().accept();
	assert.ok(session.ready);
	assert.is(client().of(operations.SUBSCRIBE).length, 0);
});

test("a persistent session that is present without a SUBACK is subscribed to: the connection ended too early, or the device was off", () => {
	const { client, time, retry } = setUp({ persistent: true });
	for (const _ of [1, 2]) {
		client().socketReads(Uint8Array.of(0x20, 2, 1, 0));
		client().accept();
		assert.is(client().of(operations.SUBSCRIBE).length, 1);
		client().fail();
		time.advance(retry() * 1_000);
	}
});

test("a persistent session that the far end has lost is subscribed anew", () => {
	const { client, session } = setUp({ persistent: true });
	client().socketReads(Uint8Array.of(0x20, 2, 0, 0));
	client().accept();
	assert.not(session.ready);
	assert.is(client().of(operations.SUBSCRIBE).length, 1);
});

test("session-present of one connection does not count for the next", () => {
	const { client, session, time, retry, up } = setUp({ persistent: true });
	client().socketReads(Uint8Array.of(0x20, 2, 1, 0));
	up();
	client().fail();
	time.advance(retry() * 1_000);
	client().accept();
	assert.not(session.ready);
});

test("a will goes with the CONNECT", () => {
	const will = { topic: "t/will", message: "gone", QoS: 1, retain: false } as const;
	assert.equal(setUp({ will }).client().options.will, will);
	assert.not("will" in setUp().client().options);
});

test("a payload that is larger than the window goes out in pieces, and nothing between them", () => {
	const { session, client, up } = setUp();
	FakeClient.window = 1_000;
	up();
	const payload = Uint8Array.from({ length: 2_000 }, (_, index) => index);
	session.publish("t", payload, 1);
	session.publish("t", bytes("next"), 1);
	while (client().writes.length < 5) client().options.onWritable(1_000);
	const [, ...pieces] = client().writes;
	assert.is(pieces[0]?.options.byteLength, 2_000);
	const sizes = pieces.map(({ data }) => data?.length ?? 0);
	const whole = sizes.findIndex((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size) === 2_000);
	assert.equal(
		Buffer.concat(pieces.slice(0, whole + 1).map(({ data }) => data ?? new Uint8Array())),
		Buffer.from(payload),
	);
	assert.is(pieces[whole + 1]?.data?.length, 4);
});

test("a client that throws on write is dropped and the message is kept", () => {
	const { session, client, time, error, retry, up } = setUp();
	up();
	client().throwOnWrite = new Error("overflow");
	session.publish("t", bytes("x"), 1);
	assert.is(error(), "overflow");
	time.advance(retry() * 1_000);
	up();
	assert.is(client().of(operations.PUBLISH).length, 1);
});

test("closing says DISCONNECT, closes the client and leaves no timer", () => {
	const { session, client, time, up } = setUp();
	up();
	session.publish("t", bytes("x"), 1);
	session.close();
	time.advance(0);
	assert.is(client().of(operations.DISCONNECT).length, 1);
	assert.ok(client().closed);
	assert.is(time.pending, 0);
	assert.not(session.publish("t", bytes("x"), 1));
});

test.run();
