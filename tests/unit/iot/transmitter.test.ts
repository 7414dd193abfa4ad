// SPDX-License-Identifier: MIT
/** What the transmitter says about PUBACKs that are missing. What it writes is shown in the tests of the session. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Transmitter } from "../../../modules/iot/transmitter.js";
import { bytes, FakeClient } from "./session-fakes.js";

function setUp() {
	const clock = { now: 0 };
	const transmitter = new Transmitter({
		limit: 4,
		acknowledgeWithin: 1_000,
		now: () => clock.now,
		random: () => 0,
		report: () => {},
	});
	const connect = () => {
		transmitter.attach(new FakeClient({} as ConstructorParameters<typeof FakeClient>[0]));
		transmitter.setWritable(4_096);
	};
	const publish = (topic: string) => {
		assert.ok(transmitter.add(topic, bytes("x"), 1));
		transmitter.pump();
	};
	connect();
	return { clock, transmitter, connect, publish };
}

test("nothing is waited for until a PUBLISH at QoS 1 is written, and never does the connection fall silent", () => {
	const { clock, transmitter } = setUp();
	assert.is(transmitter.awaitPuback(), undefined);
	clock.now = 1e9;
	assert.not(transmitter.fellSilent());
});

test("three waits without a byte are silence, and whatever comes in begins them again", () => {
	const { clock, transmitter, publish } = setUp();
	publish("t");
	assert.is(transmitter.awaitPuback(), 1_000);
	clock.now = 2_000;
	transmitter.heard();
	clock.now = 4_999;
	assert.not(transmitter.fellSilent());
	clock.now = 5_000;
	assert.ok(transmitter.fellSilent());
});

test("after silence, the next connection is given twice the time", () => {
	const { clock, transmitter, connect, publish } = setUp();
	publish("t");
	transmitter.awaitPuback();
	clock.now = 3_000;
	assert.ok(transmitter.fellSilent());
	transmitter.detach();
	connect();
	transmitter.pump();
	assert.is(transmitter.awaitPuback(), 2_000);
	clock.now = 3_000 + 5_999;
	assert.not(transmitter.fellSilent());
	clock.now = 3_000 + 6_000;
	assert.ok(transmitter.fellSilent());
});

test("the topic of a PUBLISH that nothing on this connection allows yet is named", () => {
	const { transmitter, connect, publish } = setUp();
	assert.is(transmitter.publishing, undefined);
	publish("first");
	publish("second");
	assert.equal([transmitter.publishing, transmitter.published], ["first", false]);
	transmitter.acknowledge(1);
	assert.equal([transmitter.publishing, transmitter.published], [undefined, true]);
	transmitter.detach();
	connect();
	assert.equal([transmitter.publishing, transmitter.published], [undefined, true]);
	transmitter.pump();
	assert.equal([transmitter.publishing, transmitter.published], ["second", true]);
});

test.run();
