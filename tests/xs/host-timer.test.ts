import Time from "time";
import Timer from "timer";
import { test } from "uvu";
import * as assert from "uvu/assert";

function after(milliseconds: number): Promise<void> {
	return new Promise(resolve => Timer.set(() => resolve(), milliseconds));
}

test("a timer expires once, not before its time, with itself as argument", async () => {
	const start = Time.ticks;
	let count = 0, given: unknown;
	const timer = Timer.set(self => { count++; given = self; }, 20);
	await after(60);
	assert.is(count, 1);
	assert.is(given, timer);
	assert.ok(Time.delta(start) >= 20);
});

test.run();
