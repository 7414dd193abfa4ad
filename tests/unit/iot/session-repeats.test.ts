// SPDX-License-Identifier: MIT
/** How often a PUBLISH at QoS 1 is repeated while its PUBACK is missing. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { operations, type WriteOptions } from "../../../modules/iot/mqtt.js";
import { Repetition } from "../../../modules/iot/repetition.js";
import { bytes, FakeClient, setUp } from "./session-fakes.js";

/** Something that is no PUBACK comes in: the connection is not silent. */
function murmur(client: FakeClient): void {
	client.options.onControl({ operation: operations.PINGRESP });
}

test("repetitions without an answer come at doubled intervals, up to two minutes", () => {
	const { session, client, time, up } = setUp({ random: () => 0 });
	up();
	session.publish("t", bytes("x"), 1);
	const at: number[] = [];
	for (let seconds = 1; seconds <= 600; seconds += 1) {
		const before = client().of(operations.PUBLISH).length;
		time.advance(1_000);
		murmur(client());
		if (client().of(operations.PUBLISH).length > before) at.push(seconds);
	}
	assert.equal(at, [10, 30, 70, 150, 270, 390, 510]);
});

test("each wait is lengthened by up to a quarter, at random", () => {
	const numbers = [0, 0.5, 0.999];
	const repetition = new Repetition({ base: 1_000, random: () => numbers.shift() ?? 0 });
	assert.equal([repetition.next(), repetition.next(), repetition.next()], [1_000, 2_250, 4_999]);
});

test("an endpoint that acknowledges nothing gets repetitions of one message only", () => {
	const { session, client, time, up } = setUp();
	up();
	for (let index = 0; index < 16; index += 1) assert.ok(session.publish("t", bytes("x"), 1));
	for (let seconds = 0; seconds < 3_600; seconds += 1) {
		time.advance(1_000);
		murmur(client());
	}
	const repeats = client()
		.of(operations.PUBLISH)
		.filter(({ duplicate }) => duplicate);
	assert.ok(repeats.length > 3 && repeats.length < 40, `${repeats.length}`);
	assert.is(new Set(repeats.map(({ id }) => id)).size, 1);
});

test("once something is acknowledged, the message that has waited longest is the next to be repeated", () => {
	const { session, client, time, up } = setUp({ random: () => 0 });
	up();
	for (let index = 0; index < 3; index += 1) session.publish("t", bytes("x"), 1);
	const [first = 0, second = 0, third = 0] = client()
		.of(operations.PUBLISH)
		.map(({ id }) => id);
	time.advance(10_000);
	assert.is(client().last(operations.PUBLISH).id, first);
	client().acknowledge(third);
	for (let seconds = 0; seconds < 30; seconds += 1) {
		time.advance(1_000);
		murmur(client());
	}
	assert.is(client().last(operations.PUBLISH).id, second);
});

test("a PUBACK that comes between the pieces of a repetition ends the repetitions", () => {
	const { session, client, time, up } = setUp({ random: () => 0 });
	FakeClient.window = 1_000;
	up();
	session.publish("t", new Uint8Array(1_200), 1);
	client().options.onWritable(1_000);
	FakeClient.window = 100;
	client().options.onWritable(1_000);
	time.advance(10_000);
	assert.is(client().of(operations.PUBLISH).length, 2, "the repetition has begun");
	client().acknowledge(client().last(operations.PUBLISH).id ?? 0);
	FakeClient.window = 4_096;
	client().options.onWritable(4_096);
	const written = client().of(operations.PUBLISH).length;
	for (let seconds = 0; seconds < 600; seconds += 1) {
		time.advance(1_000);
		murmur(client());
	}
	assert.is(client().of(operations.PUBLISH).length, written);
});

/** An endpoint that acknowledges each PUBLISH so many milliseconds late and says nothing else. */
function slowEndpoint(latency: number, acknowledgeWithin: number, seconds: number) {
	const acknowledged = new Set<number>();
	let sequence = 0;
	const given = setUp({ acknowledgeWithin, onAcknowledged: id => acknowledged.add(id) });
	let publishes = 0;
	const messages = new Map<number, number>();
	const answer = (client: FakeClient, { id = 0 }: WriteOptions) => {
		publishes += 1;
		messages.set(id, (messages.get(id) ?? 0) + 1);
		given.time.timer.set(() => client === given.client() && client.acknowledge(id), latency);
	};
	let seen: FakeClient | undefined;
	let count = 0;
	for (let tick = 0; tick < seconds * 10; tick += 1) {
		const client = given.client();
		if (client !== seen) {
			seen = client;
			count = 0;
			given.up();
		}
		if (given.session.publish("t", bytes(`${sequence}`), 1)) sequence += 1;
		const written = client.of(operations.PUBLISH);
		for (const options of written.slice(count)) answer(client, options);
		count = written.length;
		given.time.advance(100);
	}
	return { publishes, messages: sequence, acknowledged: acknowledged.size, connections: FakeClient.all.length };
}

for (const [latency, acknowledgeWithin] of [
	[5_000, 1_000],
	[5_000, 3_000],
	[5_000, 10_000],
	[30_000, 1_000],
	[12_000, 10_000],
] as const)
	test(`with every PUBACK ${latency / 1_000} s late and ${acknowledgeWithin / 1_000} s of patience, a message is published at most 1.5 times`, () => {
		const { publishes, messages, acknowledged } = slowEndpoint(latency, acknowledgeWithin, Math.max(300, latency / 50));
		assert.ok(publishes / messages <= 1.5, `${publishes} publishes of ${messages} messages`);
		assert.ok(acknowledged >= messages - 16, `${acknowledged} of ${messages} acknowledged`);
	});

test("with prompt PUBACKs nothing is repeated", () => {
	const { publishes, messages } = slowEndpoint(50, 1_000, 300);
	assert.is(publishes, messages);
});

test.run();
