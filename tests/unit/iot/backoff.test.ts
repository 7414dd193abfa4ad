// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Backoff } from "../../../modules/iot/backoff.js";
import { seededRandom } from "../../../modules/iot/random.js";

const almostOne = () => 1 - 2 ** -32;

test("the bound doubles from the base to the cap and stays there", () => {
	const backoff = new Backoff({ base: 1000, cap: 8000, random: almostOne });
	assert.equal(
		Array.from({ length: 6 }, () => backoff.next()),
		[1000, 2000, 4000, 8000, 8000, 8000],
	);
});

test("the smallest delay is 0: full jitter", () => {
	const backoff = new Backoff({ base: 1000, cap: 8000, random: () => 0 });
	assert.equal([backoff.next(), backoff.next()], [0, 0]);
});

test("a reset starts at the base again, or at a bound that is given", () => {
	const backoff = new Backoff({ base: 1000, cap: 64_000, random: almostOne });
	backoff.next();
	backoff.next();
	backoff.reset();
	assert.is(backoff.next(), 1000);
	backoff.reset(30_000);
	assert.equal([backoff.next(), backoff.next(), backoff.next()], [30_000, 60_000, 64_000]);
});

test("a base of 0 or a cap below the base is refused", () => {
	assert.throws(() => new Backoff({ base: 0, cap: 10, random: almostOne }), /base 0 ms/);
	assert.throws(() => new Backoff({ base: 10, cap: 9, random: almostOne }), /not above cap 9 ms/);
});

test("delays are spread evenly over the bound", () => {
	const random = seededRandom(new Uint8Array(16).fill(7));
	const buckets = new Array<number>(10).fill(0);
	for (let i = 0; i < 10_000; i += 1) {
		const delay = new Backoff({ base: 999, cap: 999, random }).next();
		buckets[Math.floor(delay / 100)]! += 1;
	}
	for (const count of buckets) assert.ok(count > 850 && count < 1150, `${buckets}`);
});

test("the seeded source repeats for the same seed and differs for another", () => {
	const draw = (fill: number) => {
		const random = seededRandom(new Uint8Array(16).fill(fill));
		return Array.from({ length: 4 }, () => random());
	};
	assert.equal(draw(1), draw(1));
	assert.not.equal(draw(1), draw(2));
});

test("xoshiro128** gives the sequence of the reference C code for the state 1, 2, 3, 4 (as rand_xoshiro tests it)", () => {
	const seed = new Uint8Array(16);
	[1, 2, 3, 4].forEach((value, index) => new DataView(seed.buffer).setUint32(index * 4, value));
	const random = seededRandom(seed);
	const words = Array.from({ length: 10 }, () => random() * 2 ** 32);
	assert.equal(
		words,
		[11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
	);
});

test("a seed of zeros is as good as another: a random source that is broken stops no device", () => {
	const random = seededRandom(new Uint8Array(16));
	const numbers = Array.from({ length: 100 }, () => random());
	assert.ok(new Set(numbers).size > 90);
});

test("a seed of another length is refused", () => {
	assert.throws(() => seededRandom(new Uint8Array(15).fill(1)), /16 bytes, not 15/);
});

test.run();
