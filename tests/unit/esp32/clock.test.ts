// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Clock } from "../../../esp32/platform/clock.js";
import { Floor } from "../../../esp32/platform/floor.js";
import type { TimeAnswer } from "../../../esp32/platform/sntp.js";
import { VirtualTime } from "../virtual-time.js";

const built = Date.UTC(2026, 10, 27) / 1_000;
const right = Date.UTC(2026, 11, 1) / 1_000;

function setUp() {
	const time = new VirtualTime(),
		events: string[] = [],
		set: number[] = [];
	const answers: ((answer: TimeAnswer) => void)[] = [];
	const state = { done: 0, floor: built, throws: false };
	const clock = new Clock({
		ask: (server, onAnswer) => {
			assert.is(server, "pool.ntp.org");
			if (state.throws) throw new Error("no socket");
			answers.push(onAnswer);
		},
		server: "pool.ntp.org",
		floor: () => state.floor,
		set: seconds => set.push(seconds),
		timer: time.timer,
		random: () => 0,
		report: (event, fields = {}) => events.push(`${event} ${fields.utc ?? fields.message ?? fields.seconds}`),
		onSet: () => {
			state.done += 1;
		},
	});
	const answer = (given: TimeAnswer) => {
		const onAnswer = answers.at(-1);
		assert.ok(onAnswer);
		onAnswer(given);
	};
	return { clock, time, events, set, answers, state, answer };
}

test("the clock is set to what the time server says, then the session may begin", () => {
	const { clock, events, set, state, answer } = setUp();
	clock.start();
	assert.not(clock.isSet);
	answer(right + 0.7);
	assert.ok(clock.isSet);
	assert.equal(set, [right + 1]);
	assert.equal(events, ["time 2026-12-01T00:00:00.700Z"]);
	assert.is(state.done, 1);
});

test("a second address while the time server is asked does not ask twice, nor one when the time is known", () => {
	const { clock, answers, answer, state } = setUp();
	clock.start();
	clock.start();
	assert.is(answers.length, 1);
	answer(right);
	clock.start();
	assert.is(answers.length, 1);
	assert.is(state.done, 1);
});

for (const [what, seconds] of [
	["the year 1900", -2_208_988_800],
	["0", 0],
	["-1", -1],
	["2024, before the build", Date.UTC(2024, 0, 1) / 1_000],
	["a second before the build's day", built - 1],
	["the year 2047", built + 21 * 31_557_600],
	["the year 2100", Date.UTC(2100, 0, 1) / 1_000],
	["the last of the next era", 2 ** 32 + 2 ** 32 - 2_208_988_800 - 1],
] as const)
	test(`a time that cannot be is refused, and asked again: ${what}`, () => {
		const { clock, time, events, set, answers, state, answer } = setUp();
		clock.start();
		answer(seconds);
		assert.equal(set, []);
		assert.is(state.done, 0);
		assert.match(events[0] ?? "", /its time .* cannot be: it is at least 2026-11-27/);
		time.advance(10_000);
		assert.is(answers.length, 2);
		answer(right);
		assert.equal(set, [right]);
		assert.is(state.done, 1);
	});

test("no answer is an error with cause and remedy, and is asked forever, at doubled intervals up to 640 s", () => {
	const { clock, time, events, answers, answer } = setUp();
	clock.start();
	for (let attempt = 1; attempt <= 10; attempt += 1) {
		assert.is(answers.length, attempt);
		answer("no answer that fits the question came");
		time.advance(Number(/retry (.*)/.exec(events.at(-1) ?? "")?.[1]) * 1_000);
	}
	assert.match(events[0] ?? "", /no answer that fits.*certificate can be checked.*UDP port 123/);
	assert.equal(
		events.filter(event => event.startsWith("retry")).map(event => event.slice(6)),
		["10.000", "20.000", "40.000", "80.000", "160.000", "320.000", "640.000", "640.000", "640.000", "640.000"],
	);
});

test("a socket that cannot be made counts as no answer", () => {
	const { clock, events, state } = setUp();
	state.throws = true;
	clock.start();
	assert.match(events[0] ?? "", /no socket/);
});

test("the time is asked again once a day, and a failure then is no reason to stop", () => {
	const { clock, time, set, answers, answer, state } = setUp();
	clock.start();
	answer(right);
	time.advance(86_400_000);
	assert.is(answers.length, 2);
	answer("no answer");
	assert.ok(clock.isSet);
	time.advance(10_000);
	answer(right + 86_410);
	assert.equal(set, [right, right + 86_410]);
	assert.is(state.done, 1);
});

test("a certificate that does not fit the time makes it ask again, once a minute at most", () => {
	const { clock, time, set, answers, answer } = setUp();
	clock.start();
	answer(right + 300 * 86_400);
	time.advance(60_000);
	for (let second = 0; second < 120; second += 1) {
		clock.doubt();
		if (answers.length > set.length) answer(right + second);
		time.advance(1_000);
	}
	assert.is(answers.length, 3);
	assert.equal(set.slice(1), [right, right + 60]);
});

/** Flash that is empty. */
class Flash {
	values = new Map<string, unknown>();
	reads = 0;
	writes = 0;
	failure: string | undefined;
	get(domain: string, name: string) {
		this.reads += 1;
		if (this.failure) throw new Error(this.failure);
		return this.values.get(`${domain}/${name}`);
	}
	set(domain: string, name: string, value: string) {
		if (this.failure) throw new Error(this.failure);
		this.writes += 1;
		this.values.set(`${domain}/${name}`, value);
	}
}

test("the floor is the build, until a verified server's certificate begins later; that is kept", () => {
	const flash = new Flash();
	const floor = new Floor(built, flash);
	assert.is(floor.seconds, built);
	floor.confirm(built - 86_400);
	assert.is(floor.seconds, built);
	floor.confirm(right);
	floor.confirm(right);
	floor.confirm(built + 1);
	assert.is(floor.seconds, right);
	assert.is(flash.writes, 1, "flash wears out");
	assert.is(new Floor(built, flash).seconds, right);
	assert.is(new Floor(right + 86_400, flash).seconds, right + 86_400, "a newer build counts");
});

test("a floor that is damaged is the build", () => {
	const flash = new Flash();
	for (const value of ["", "x", "-1", "1e300", new ArrayBuffer(4), 2 ** 40, null]) {
		flash.values.set("clock/floor", value);
		assert.is(new Floor(built, flash).seconds, built);
	}
});

test("a floor that cannot be kept counts until the next start", () => {
	const flash = new Flash();
	const floor = new Floor(built, flash);
	flash.failure = "nvs";
	floor.confirm(right);
	assert.is(floor.seconds, right);
	assert.is(new Floor(built, flash).seconds, built);
});

test("a time that cannot be is not kept", () => {
	const flash = new Flash();
	const floor = new Floor(built, flash);
	for (const seconds of [Number.NaN, built + 0.5, built - 1, built + 31 * 31_557_600]) floor.confirm(seconds);
	assert.is(floor.seconds, built);
	assert.is(flash.writes, 0);
});

test("flash is read once, however often the floor is asked for and confirmed", () => {
	const flash = new Flash();
	const floor = new Floor(built, flash);
	for (let count = 0; count < 3; count++) {
		assert.is(floor.seconds, count === 0 ? built : right);
		floor.confirm(right);
	}
	assert.is(flash.reads, 1);
});

test.run();
