// SPDX-License-Identifier: MIT
/** What a session does when the network goes and comes back, and when what it calls throws. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ClientOptions, operations } from "../../../modules/iot/mqtt.js";
import { bytes, FakeClient, setUp } from "./session-fakes.js";

test("without the network nothing is tried, and one event says so", () => {
	const { session, client, events, time, up } = setUp();
	up();
	const before = events.length;
	session.pause();
	session.pause();
	time.advance(600_000);
	assert.equal(
		events.slice(before).map(({ name }) => name),
		["paused"],
	);
	assert.ok(client().closed);
	assert.is(FakeClient.all.length, 1);
	assert.is(time.pending, 0);
});

test("when the network is back, the session connects within two seconds, whatever failed before", () => {
	const { session, client, events, time, retry } = setUp();
	for (let failure = 0; failure < 10; failure += 1) {
		client().fail();
		time.advance(retry() * 1_000);
	}
	session.pause();
	time.advance(300_000);
	const before = FakeClient.all.length;
	session.resume();
	session.resume();
	time.advance(2_000);
	assert.is(FakeClient.all.length, before + 1);
	assert.is(events.filter(({ name }) => name === "resumed").length, 1);
	time.advance(28_000);
	client().fail();
	assert.ok(retry() <= 1, "the back-off begins again");
});

test("a fleet does not come back in one moment", () => {
	const delays = [0, 0.25, 0.5, 0.999].map(random => {
		const { session, events, time } = setUp({ random: () => random });
		time.advance(5_000);
		session.pause();
		session.resume();
		return Number(events.filter(({ name }) => name === "resumed").at(-1)?.fields.seconds);
	});
	assert.equal(delays, [0, 0.5, 1, 1.998]);
});

test("a network that comes and goes does not make it connect more than once a second", () => {
	const { session, time } = setUp({ random: () => 0 });
	for (let change = 0; change < 100; change += 1) {
		session.pause();
		session.resume();
		time.advance(100);
	}
	assert.ok(FakeClient.all.length <= 11, `${FakeClient.all.length}`);
});

test("waiting messages are written before onReady, which may take long, is called", () => {
	const published: number[] = [];
	const { session, time, up, client } = setUp({
		onReady: () => published.push(client().of(operations.PUBLISH).length),
	});
	session.publish("t", bytes("early"), 1);
	up();
	session.pause();
	session.publish("t", bytes("offline"), 1);
	session.resume();
	time.advance(2_000);
	up();
	assert.equal(published, [1, 2]);
});

test("a connection that ends with the first message is not ready for its owner", () => {
	let calls = 0;
	const { session, client, events } = setUp({ onReady: () => calls++ });
	session.publish("t", bytes("early"), 1);
	client().accept();
	client().throwOnWrite = new Error("no memory");
	client().grant();
	assert.is(calls, 0);
	assert.ok(events.some(({ name }) => name === "retry"));
});

test("messages at QoS 1 are kept over the pause, those that were not acknowledged included", () => {
	const { session, client, events, time, up } = setUp();
	up();
	session.publish("t", bytes("under way"), 1);
	session.pause();
	assert.is(events.at(-1)?.fields.waiting, 1);
	assert.ok(session.publish("t", bytes("offline"), 1));
	assert.not(session.publish("t", bytes("zero"), 0));
	session.resume();
	time.advance(2_000);
	up();
	assert.equal(
		client()
			.of(operations.PUBLISH)
			.map(({ id, duplicate }) => [id, duplicate]),
		[
			[2, true],
			[3, false],
		],
	);
});

test("a pause while it waits for the next attempt ends the waiting", () => {
	const { session, client, time } = setUp();
	client().fail();
	session.pause();
	time.advance(600_000);
	assert.is(FakeClient.all.length, 1);
});

test("a session that was closed does not come back with the network", () => {
	const { session, time } = setUp();
	session.pause();
	session.close();
	session.resume();
	time.advance(60_000);
	assert.is(FakeClient.all.length, 1);
});

/** A client whose constructor reports an error and then throws as well. */
class Doubly extends FakeClient {
	constructor(options: ClientOptions) {
		super(options);
		options.onError(new Error("reported"));
		throw new Error("thrown");
	}
}

test("a client that reports an error from its constructor and then throws is one failure, each time", () => {
	const { events, time } = setUp({ io: Doubly, random: () => 0 });
	for (let round = 1; round <= 10; round += 1) {
		assert.is(FakeClient.all.length, round);
		assert.is(time.pending, 1, "one retry waits");
		time.advance(1_000);
	}
	assert.is(events.filter(({ name }) => name === "error").length, 11);
});

test("a client that cannot be made is reported as the device's own set-up", () => {
	const { events } = setUp({
		io: class {
			constructor() {
				throw new Error("no certificate");
			}
		} as unknown as typeof FakeClient,
	});
	assert.equal(events.find(({ name }) => name === "error")?.fields, { step: "setup", message: "no certificate" });
});

test("settings that TLS cannot use are tried again after a long time only, under the step setup", () => {
	const { client, events, retry } = setUp();
	const reason = Object.assign(new Error("a root cannot be parsed"), { step: "setup", reason: "options" });
	client().secure.onFailure(reason);
	client().fail();
	assert.is(events.find(({ name }) => name === "error")?.fields.step, "setup");
	assert.is(retry(), 30);
});

for (const callback of ["onReady", "onMessage", "onAcknowledged", "onFailure"] as const)
	test(`${callback} that throws does not leave the session without a timer`, () => {
		const given = setUp({
			[callback]: () => {
				throw new Error("the application's fault");
			},
		});
		for (let round = 0; round < 20; round += 1) {
			given.client().accept();
			if (given.client().of(operations.SUBSCRIBE).length > 0) given.client().grant();
			given.session.publish("t", bytes("x"), 1);
			given.client().acknowledge(given.client().of(operations.PUBLISH).at(-1)?.id ?? 0);
			given.client().deliver("t", "x");
			if (callback === "onFailure") given.client().giveUp();
			assert.ok(given.time.pending > 0, `round ${round}`);
			given.time.advance(300_000);
		}
		assert.ok(FakeClient.all.length >= 20, `${FakeClient.all.length} connections`);
	});

for (const [what, happen] of [
	["a refused subscription", ({ client }) => client().grant(0x80)],
	[
		"a client that cannot write",
		({ client, session }) => {
			client().grant();
			client().throwOnWrite = new Error("no room");
			session.publish("t", bytes("x"), 1);
		},
	],
] as readonly [string, (given: ReturnType<typeof setUp>) => void][])
	test(`${what}: onFailure that throws is reported, and reaches neither the client nor the owner`, () => {
		const given = setUp({
			onFailure: () => {
				throw new Error("the application's fault");
			},
		});
		given.client().accept();
		happen(given);
		assert.is(given.error(), "the application's fault");
		given.time.advance(300_000);
		assert.ok(FakeClient.all.length >= 2 && given.time.pending > 0);
	});

test("a client that cannot be closed is let go", () => {
	const { client, time } = setUp();
	client().close = () => {
		throw new Error("not now");
	};
	client().fail();
	time.advance(5_000);
	assert.is(FakeClient.all.length, 2);
});

test.run();
