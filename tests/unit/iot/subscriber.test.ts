// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Fields } from "../../../modules/iot/events.js";
import { operations, type QoS } from "../../../modules/iot/mqtt.js";
import { Subscriber } from "../../../modules/iot/subscriber.js";
import { Transmitter } from "../../../modules/iot/transmitter.js";
import { FakeClient } from "./session-fakes.js";

const both = [
	{ topic: "a", QoS: 0 },
	{ topic: "b", QoS: 1 },
] as const;

function setUp(subscriptions: readonly { topic: string; QoS: QoS }[] = both) {
	const events: { event: string; fields: Fields }[] = [];
	const report = (event: string, fields: Fields = {}) => events.push({ event, fields });
	const transmitter = new Transmitter({
		limit: 4,
		acknowledgeWithin: 1_000,
		now: () => 0,
		random: () => 0,
		report,
	});
	const client = new FakeClient({} as ConstructorParameters<typeof FakeClient>[0]);
	transmitter.attach(client);
	transmitter.setWritable(4_096);
	return { subscriber: new Subscriber({ subscriptions, report }), transmitter, client, events };
}

/** Begins, and returns the packet id of the SUBSCRIBE that went out. */
function ask({ subscriber, transmitter, client }: ReturnType<typeof setUp>): number {
	assert.ok(subscriber.begin(transmitter, false));
	assert.ok(subscriber.write(transmitter));
	return client.last(operations.SUBSCRIBE).id ?? 0;
}

test("one SUBSCRIBE asks for all topics, and goes out once", () => {
	const given = setUp();
	const id = ask(given);
	assert.not(given.subscriber.write(given.transmitter));
	assert.is(given.client.writes.length, 1);
	assert.equal(given.client.last(operations.SUBSCRIBE).items, both);
	assert.ok(given.subscriber.answered({ operation: operations.SUBACK, id, payload: [0, 1] }));
	assert.equal(given.events, [
		{ event: "subscribed", fields: { topic: "a", qos: 0 } },
		{ event: "subscribed", fields: { topic: "b", qos: 1 } },
	]);
});

test("a SUBSCRIBE that does not fit yet stays due", () => {
	const { subscriber, transmitter, client } = setUp();
	subscriber.begin(transmitter, false);
	transmitter.setWritable(10);
	assert.not(subscriber.write(transmitter));
	transmitter.setWritable(4_096);
	assert.ok(subscriber.write(transmitter));
	assert.is(client.writes.length, 1);
});

test("it is written three times in all, with one packet id", () => {
	const given = setUp();
	const { subscriber, transmitter, client } = given;
	ask(given);
	let repeats = 0;
	while (subscriber.repeat()) {
		assert.ok(subscriber.write(transmitter));
		repeats += 1;
	}
	assert.is(repeats, 2);
	assert.not(subscriber.write(transmitter), "nothing is due after the last");
	assert.is(new Set(client.of(operations.SUBSCRIBE).map(({ id }) => id)).size, 1);
});

test("a SUBACK that refuses a topic, or says too little, names the topics that are missing", () => {
	const given = setUp();
	const id = ask(given);
	const answer = (payload: number[]) => () => given.subscriber.answered({ operation: operations.SUBACK, id, payload });
	assert.throws(answer([0x80, 1]), /subscription to a was refused/);
	assert.throws(answer([0]), /subscription to b was refused/);
	assert.throws(answer([]), /subscription to a, b was refused/);
	assert.equal(given.events, []);
	assert.ok(given.subscriber.begin(given.transmitter, true), "nothing was granted");
});

test("a SUBACK for another packet id does not count", () => {
	const given = setUp();
	const id = ask(given);
	assert.not(given.subscriber.answered({ operation: operations.SUBACK, id: id + 1, payload: [0, 1] }));
	assert.ok(given.subscriber.begin(given.transmitter, true));
});

test("what was granted is not asked for again while the far end keeps the session, and only then", () => {
	const given = setUp();
	const { subscriber, transmitter } = given;
	subscriber.answered({ operation: operations.SUBACK, id: ask(given), payload: [0, 1] });
	assert.not(subscriber.begin(transmitter, true));
	assert.ok(subscriber.begin(transmitter, false));
	assert.ok(subscriber.begin(transmitter, true), "a session lost in between takes the subscriptions with it");
});

test("without topics there is nothing to ask for", () => {
	const { subscriber, transmitter } = setUp([]);
	assert.not(subscriber.begin(transmitter, false));
	assert.not(subscriber.write(transmitter));
});

test.run();
