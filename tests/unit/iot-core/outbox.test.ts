// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DeviceOutbox } from "../../../tools/iot-core/broker/device-outbox.js";
import { awsLimits, type Limits } from "../../../tools/iot-core/broker/limits.js";
import type { RoutedMessage } from "../../../tools/iot-core/broker/message.js";

/** An outbox with a clock that stands still unless it is set, and a device that can be made slow. */
class Bench {
	readonly sent: string[] = [];
	readonly log: string[] = [];
	readonly outbox: DeviceOutbox;
	now = 1_000_000;
	wait = 0;
	forbidden = "";
	stored = Infinity;

	constructor(limits: Partial<Limits> = {}) {
		this.outbox = new DeviceOutbox({
			limits: { ...awsLimits, ...limits },
			now: () => this.now,
			mayStore: () => this.stored-- > 0,
			log: line => this.log.push(line),
		});
	}

	attach(): void {
		this.outbox.attach({
			guard: work => work(),
			ready: () => this.wait,
			permits: ({ topic }) => topic !== this.forbidden,
			deliver: ({ payload }, id) => this.sent.push(`${payload.toString()}${id === undefined ? "" : `#${id}`}`),
		});
	}

	add(text: string, qos: 0 | 1 = 1): void {
		this.outbox.add(message(text, qos));
	}

	/** What was sent since this was asked last. */
	take(): string[] {
		return this.sent.splice(0);
	}

	/** Lets time pass, and does what is due. */
	pass(milliseconds: number): void {
		this.now += milliseconds;
		this.outbox.retry();
	}

	end(): void {
		this.outbox.detach();
	}
}

function message(text: string, qos: 0 | 1): RoutedMessage {
	return { topic: "a", payload: Buffer.from(text), qos, retained: false };
}

test("messages at QoS 1 have ids of their own, and those at QoS 0 none", () => {
	const bench = new Bench();
	bench.attach();
	bench.add("one");
	bench.add("none", 0);
	bench.add("two");
	assert.equal(bench.take(), ["one#1", "none", "two#2"]);
	bench.end();
});

test("a hundred messages are sent without acknowledgement, and then one for each acknowledgement", () => {
	const bench = new Bench();
	bench.attach();
	for (let index = 1; index <= 103; index++) bench.add(`m${index}`);
	assert.is(bench.take().length, 100);
	bench.outbox.acknowledge(7);
	assert.equal(bench.take(), ["m101#101"]);
	bench.outbox.acknowledge(7);
	bench.outbox.acknowledge(999);
	assert.equal(bench.take(), []);
	bench.end();
});

test("what is not acknowledged comes again after the interval with the same id, until it is", () => {
	const bench = new Bench({ retryInterval: 20_000 });
	bench.attach();
	bench.add("one");
	bench.add("two");
	bench.outbox.acknowledge(2);
	bench.take();
	bench.pass(19_999);
	assert.equal(bench.take(), []);
	bench.pass(1);
	assert.equal(bench.take(), ["one#1"]);
	bench.pass(20_000);
	assert.equal(bench.take(), ["one#1"]);
	bench.outbox.acknowledge(1);
	bench.pass(20_000);
	assert.equal(bench.take(), []);
	bench.end();
});

test("after an hour without acknowledgement a message is dropped, and the next takes its place", () => {
	const bench = new Bench({ unacknowledged: 1 });
	bench.attach();
	bench.add("old");
	bench.pass(3_599_999);
	bench.add("new");
	bench.take();
	bench.pass(1);
	assert.equal(bench.take(), ["new#2"]);
	assert.match(bench.log.join(), /dropped a message on a: it was not acknowledged within 3600 s/);
	bench.end();
});

test("at QoS 0 a message to a device that does not take it is dropped, at QoS 1 it waits", () => {
	const bench = new Bench();
	bench.attach();
	bench.wait = 100;
	bench.add("dropped", 0);
	bench.add("waits");
	assert.equal(bench.take(), []);
	assert.match(bench.log.join(), /dropped a message at QoS 0 on a: THROTTLED/);
	bench.wait = 0;
	bench.pass(100);
	assert.equal(bench.take(), ["waits#1"]);
	bench.end();
});

test("a message at QoS 0 for a device that is away is lost, one at QoS 1 is stored", () => {
	const bench = new Bench();
	bench.add("lost", 0);
	bench.add("stored");
	bench.attach();
	assert.equal(bench.take(), ["stored#1"]);
	bench.end();
});

test("a device that comes back gets first what it did not acknowledge, ten stored messages a second, and new ones between them", () => {
	const bench = new Bench();
	bench.attach();
	bench.add("u1");
	bench.add("u2");
	bench.end();
	for (let index = 1; index <= 20; index++) bench.add(`s${index}`);
	bench.take();
	bench.attach();
	assert.equal(
		bench.take().map(text => text.split("#")[0]),
		["u1", "u2", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"],
	);
	bench.add("new");
	assert.equal(
		bench.take().map(text => text.split("#")[0]),
		["new"],
	);
	bench.pass(500);
	assert.equal(
		bench.take().map(text => text.split("#")[0]),
		["s9", "s10", "s11", "s12", "s13"],
	);
	bench.pass(1_000);
	assert.equal(
		bench.take().map(text => text.split("#")[0]),
		["s14", "s15", "s16", "s17", "s18", "s19", "s20"],
	);
	bench.end();
});

test("no packet id is used twice at a time, and they begin again at 1 after 65535", () => {
	const bench = new Bench({ unacknowledged: 2, publishRate: Infinity });
	bench.attach();
	bench.add("stays");
	const ids = new Set<string>();
	for (let id = 2; id <= 65_536; id++) {
		bench.add("x");
		const [sent = ""] = bench.take().slice(-1);
		ids.add(sent);
		bench.outbox.acknowledge(Number(sent.split("#")[1]));
	}
	assert.is(ids.size, 65_534);
	assert.not(ids.has("x#1"));
	bench.end();
});

test("what a device may not receive takes no id and no place", () => {
	const bench = new Bench({ unacknowledged: 1 });
	bench.attach();
	bench.forbidden = "a";
	bench.add("secret");
	bench.forbidden = "";
	bench.add("open");
	assert.equal(bench.take(), ["open#1"]);
	bench.end();
});

test("only so many bytes wait for a device", () => {
	const bench = new Bench({ queueBytes: 2 * 256 + 10 });
	bench.add("12345");
	bench.add("too long");
	bench.add("678");
	bench.attach();
	assert.equal(bench.take(), ["12345#1", "678#2"]);
	assert.match(bench.log.join(), /dropped a message on a: more than 522 bytes are waiting/);
	bench.outbox.acknowledge(1);
	bench.outbox.acknowledge(2);
	bench.add("123456789");
	assert.equal(bench.take(), ["123456789#3"]);
	bench.end();
});

test("only so many messages a second are stored", () => {
	const bench = new Bench();
	bench.stored = 1;
	bench.add("one");
	bench.add("two");
	bench.attach();
	assert.equal(bench.take(), ["one#1"]);
	assert.match(bench.log.join(), /more than 500 messages a second are to be stored/);
	bench.end();
});

test.run();
