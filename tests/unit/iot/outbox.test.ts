// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Outbox, type Outgoing } from "../../../modules/iot/outbox.js";

const payload = new Uint8Array();

test("packet ids go from 1 to 65535 and begin again; 0 is never one", () => {
	const outbox = new Outbox(1);
	const ids = Array.from({ length: 65_536 }, () => outbox.nextId());
	assert.equal([ids[0], ids[65_534], ids[65_535]], [1, 65_535, 1]);
	assert.not(ids.includes(0));
});

test("no two messages that wait have one packet id, however often the numbers have begun again", () => {
	const outbox = new Outbox(4);
	for (const topic of ["first", "second", "third"]) outbox.add(topic, payload, 1);
	waitingOf(outbox, 3);
	for (let round = 0; round < 2 * 65_535; round += 1) {
		outbox.add("passing", payload, 1);
		const { id = 0 } = outbox.unwritten ?? {};
		assert.ok(id > 3, `${id} belongs to a message that waits`);
		assert.is(outbox.remove(id)?.topic, "passing");
	}
	assert.equal(
		[1, 2, 3].map(id => outbox.remove(id)?.topic),
		["first", "second", "third"],
	);
});

/** The messages of an outbox, which are all unwritten. */
function waitingOf(outbox: Outbox, count: number): Outgoing[] {
	const messages: Outgoing[] = [];
	for (let index = 0; index < count; index += 1) {
		const message = outbox.unwritten;
		assert.ok(message);
		message.written = { first: 0, last: 0 };
		messages.push(message);
	}
	return messages;
}

test("the message that was written the longest time ago is the stalest, in the order of writing", () => {
	const outbox = new Outbox(4);
	for (const topic of ["a", "b", "c", "unwritten"]) outbox.add(topic, payload, 1);
	const [a, b, c] = waitingOf(outbox, 3);
	assert.ok(a && b && c);
	a.written = { first: 0, last: 30 };
	b.written = { first: 10, last: 10 };
	c.written = { first: 10, last: 20 };
	assert.is(outbox.stalest?.topic, "b");
	outbox.remove(b.id);
	assert.is(outbox.stalest?.topic, "c");
	assert.is(outbox.unacknowledged?.topic, "a");
});

test("a connection that ends leaves the messages at QoS 1, unwritten", () => {
	const outbox = new Outbox(4);
	outbox.add("zero", payload, 0);
	outbox.add("one", payload, 1);
	waitingOf(outbox, 2);
	outbox.disconnected();
	assert.is(outbox.length, 1);
	assert.is(outbox.unwritten?.topic, "one");
});

test.run();
