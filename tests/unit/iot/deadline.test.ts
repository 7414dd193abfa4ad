// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Deadline } from "../../../modules/iot/deadline.js";
import { VirtualTime } from "../virtual-time.js";

function setUp() {
	const time = new VirtualTime();
	const reachedAt: number[] = [];
	let timersMade = 0;
	const timer = {
		set: (callback: () => void, milliseconds?: number) => {
			timersMade += 1;
			return time.timer.set(callback, milliseconds);
		},
		clear: time.timer.clear,
	};
	const deadline: Deadline = new Deadline({ timer, now: time.now }, () => {
		if (deadline.isReached()) reachedAt.push(time.now());
	});
	return { time, deadline, reachedAt, timersMade: () => timersMade };
}

test("it is reached when it was set for, once", () => {
	const { time, deadline, reachedAt } = setUp();
	deadline.set(100);
	time.advance(1_000);
	assert.equal(reachedAt, [100]);
	assert.is(time.pending, 0);
});

test("one that is moved back a thousand times is reached late, with two timers in all", () => {
	const { time, deadline, reachedAt, timersMade } = setUp();
	deadline.set(5_000);
	for (let step = 0; step < 1_000; step += 1) {
		time.advance(1);
		deadline.set(5_000);
	}
	time.advance(10_000);
	assert.equal(reachedAt, [6_000]);
	assert.is(timersMade(), 2);
});

test("one that is moved forward is reached sooner, and leaves no timer", () => {
	const { time, deadline, reachedAt } = setUp();
	deadline.set(5_000);
	deadline.set(10);
	assert.is(time.pending, 1);
	time.advance(10_000);
	assert.equal(reachedAt, [10]);
});

test("one that is cleared is not reached, and can be set again", () => {
	const { time, deadline, reachedAt } = setUp();
	deadline.set(100);
	deadline.clear();
	assert.is(time.pending, 0);
	time.advance(1_000);
	deadline.set(50);
	time.advance(1_000);
	assert.equal(reachedAt, [1_050]);
});

test.run();
