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

test("repeat keeps its pace, however late an expiry is", async () => {
	const order: string[] = [];
	await new Promise<void>(resolve => {
		const timer = Timer.repeat(() => {
			if (order.push("repeat") > 1) return;
			Timer.set(() => {
				order.push("other");
				Timer.clear(timer);
				resolve();
			});
		}, 10);
		Timer.delay(35); // the second expiry was due at 20 ms: before `other`, which is made after 35 ms
	});
	assert.equal(order, ["repeat", "repeat", "other"]);
});

test("set takes a first interval and a repeat interval", async () => {
	const hours = 10 * 3_600_000;
	await new Promise<void>(resolve => {
		const timer = Timer.set(
			() => {
				Timer.clear(timer);
				resolve();
			},
			1,
			hours,
		);
	});
	await new Promise<void>(resolve => {
		let count = 0;
		const timer = Timer.set(
			() => {
				if (++count < 3) return;
				Timer.clear(timer);
				resolve();
			},
			0,
			1,
		);
	});
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
	const hours = 10 * 3_600_000;
	await new Promise<void>(resolve => {
		let count = 0;
		const timer = Timer.set(() => {
			if (++count < 3) return;
			Timer.clear(timer);
			resolve();
		}, hours);
		Timer.schedule(timer, 1, 5);
	});
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
	const turns = 50;
	let depth = 0;
	await new Promise<void>(resolve => {
		const again = (): void => {
			const before = ++depth;
			if (before === turns) resolve();
			else Timer.set(again, 0);
			assert.is(depth, before);
		};
		Timer.set(again, 0);
	});
	assert.is(depth, turns);
});

test("a callback that is not a function is refused", () => {
	assert.throws(() => Timer.set(undefined as unknown as () => void), /is not a function/);
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
	const before = Time.ticks,
		milliseconds = (Time.microseconds ?? NaN) / 1000,
		behind = Time.ticks;
	assert.ok(Number.isInteger(before));
	assert.ok(before - 1 <= milliseconds && milliseconds <= behind + 1, `${before}, ${milliseconds}, ${behind}`);
	assert.is(Time.delta(10, 25), 15);
});

test("ticks wrap as on the board, and delta does not mind", () => {
	assert.is(Time.delta(0x7ffffff0 | 0, -0x7ffffff0), 32);
});

test.run();
