// SPDX-License-Identifier: MIT
import { collectGarbage } from "host/machine";
import Time from "time";
import Timer from "timer";
import { test } from "uvu";
import * as assert from "uvu/assert";

function after(milliseconds: number): Promise<void> {
	return new Promise(resolve => Timer.set(() => resolve(), milliseconds));
}

test("a timer expires once, not before its time, with itself as argument", async () => {
	const start = Time.ticks;
	let count = 0,
		given: unknown;
	const timer = Timer.set(self => {
		count++;
		given = self;
	}, 20);
	await after(60);
	assert.is(count, 1);
	assert.is(given, timer);
	assert.ok(Time.delta(start) >= 20);
});

test("a timer without an interval expires in the next turn", async () => {
	let expired = false;
	Timer.set(() => {
		expired = true;
	});
	assert.not(expired);
	await after(1);
	assert.ok(expired);
});

test("timers of the same time expire in the order of their making", async () => {
	const order: number[] = [];
	for (let i = 0; i < 5; i++) Timer.set(() => order.push(i), 5);
	await after(20);
	assert.equal(order, [0, 1, 2, 3, 4]);
});

test("promise jobs run after each timer, before the next one", async () => {
	const order: string[] = [];
	Timer.set(() => {
		order.push("a");
		Promise.resolve().then(() => order.push("job of a"));
	});
	Timer.set(() => {
		order.push("b");
	});
	await after(5);
	assert.equal(order, ["a", "job of a", "b"]);
});

test("repeat keeps its pace, whatever the callback takes", async () => {
	const times: number[] = [],
		start = Time.ticks;
	const timer = Timer.repeat(() => {
		times.push(Time.delta(start));
		Timer.delay(4);
	}, 10);
	await after(105);
	Timer.clear(timer);
	assert.ok(times.length >= 9 && times.length <= 11, `expired ${times.length} times: ${times}`);
});

test("set takes a first interval and a repeat interval", async () => {
	let count = 0;
	const timer = Timer.set(
		() => {
			count++;
		},
		1,
		10,
	);
	await after(35);
	Timer.clear(timer);
	assert.ok(count >= 3 && count <= 5, String(count));
});

test("a cleared timer does not expire", async () => {
	Timer.clear(Timer.set(() => assert.unreachable(), 1));
	await after(10);
});

test("a timer can be cleared inside its own callback, and by another one of the same turn", async () => {
	let own = 0;
	Timer.repeat(timer => {
		own++;
		Timer.clear(timer);
	}, 1);
	const other = Timer.set(() => assert.unreachable(), 5);
	Timer.set(() => Timer.clear(other), 5);
	Timer.schedule(other, 6);
	await after(30);
	assert.is(own, 1);
});

test("clear takes what is no timer any more", () => {
	const timer = Timer.set(() => undefined, 1);
	Timer.clear(timer);
	Timer.clear(timer);
	Timer.clear(undefined);
	Timer.clear(null);
});

test("schedule moves a timer, and makes it repeat", async () => {
	let count = 0;
	const timer = Timer.set(() => {
		count++;
	}, 1000);
	Timer.schedule(timer, 1, 5);
	await after(20);
	Timer.clear(timer);
	assert.ok(count >= 2, String(count));
});

test("schedule without an interval stops a timer until it is scheduled again", async () => {
	let count = 0;
	const timer = Timer.repeat(() => {
		count++;
	}, 2);
	Timer.schedule(timer);
	await after(10);
	assert.is(count, 0);
	Timer.schedule(timer, 1);
	await after(10);
	assert.is(count, 1);
});

test("a timer that has expired cannot be scheduled", async () => {
	const timer = Timer.set(() => undefined, 0);
	await after(5);
	assert.throws(() => Timer.schedule(timer, 1), /expired/);
});

test("a timer made in a callback waits for the next turn", async () => {
	let depth = 0;
	const again = (): void => {
		if (++depth < 50) Timer.set(again, 0);
	};
	Timer.set(again, 0);
	await after(50);
	assert.is(depth, 50);
});

test("a callback that is no function is refused", () => {
	assert.throws(() => Timer.set(undefined as unknown as () => void), /no function/);
});

test("timers survive collections, and what they hold on to", async () => {
	let sum = 0;
	for (let i = 0; i < 200; i++)
		Timer.set(() => {
			sum += i;
			collectGarbage();
		}, i % 10);
	collectGarbage();
	await after(40);
	assert.is(sum, 19900);
});

test("delay waits", () => {
	const start = Time.ticks;
	Timer.delay(15);
	assert.ok(Time.delta(start) >= 15);
});

test("ticks are integers, and microseconds the same clock", () => {
	const ticks = Time.ticks,
		microseconds = Time.microseconds ?? NaN;
	assert.ok(Number.isInteger(ticks));
	assert.ok(Math.abs(microseconds / 1000 - ticks) < 5);
	assert.is(Time.delta(10, 25), 15);
});

test("ticks wrap as on the board, and delta does not mind", () => {
	assert.is(Time.delta(0x7ffffff0 | 0, -0x7ffffff0), 32);
});

test.run();
