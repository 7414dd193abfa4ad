// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Contender, compare } from "../../../tools/bench/row.js";

const time = { name: "time", unit: "s", digits: 1 },
	memory = { name: "memory", unit: "MB", digits: 0 };

/** A worker whose numbers count its runs, and that notes them. */
function worker(name: string, runs: string[]): Contender {
	let count = 0;
	return {
		name,
		async measure() {
			runs.push(name);
			count += 1;
			return [count, count * 10];
		},
	};
}

const context = (advance: (done: number, total: number) => void = () => {}, quick = false) => ({ advance, quick });

test("contenders take turns, and runs to warm up are not counted", async () => {
	const runs: string[] = [];
	const done: [number, number][] = [];
	const figures = await compare(
		context((...step) => done.push(step)),
		{
			quantities: [time, memory],
			contenders: [worker("ours", runs), worker("peer", runs)],
			repetitions: 2,
			warmUps: 1,
		},
	);
	assert.equal(runs, ["ours", "peer", "ours", "peer", "ours", "peer"]);
	assert.equal(
		figures.map(({ quantity: { name }, contender, samples }) => [name, contender, samples]),
		[
			["time", "ours", [2, 3]],
			["time", "peer", [2, 3]],
			["memory", "ours", [20, 30]],
			["memory", "peer", [20, 30]],
		],
	);
	assert.equal(done.at(-1), [6, 6]);
});

test("a peer that is missing is not run and keeps its sentence", async () => {
	const runs: string[] = [];
	const figures = await compare(context(), {
		quantities: [time],
		contenders: [worker("ours", runs), { name: "peer", missing: "not installed" }],
		repetitions: 1,
	});
	assert.equal(runs, ["ours"]);
	assert.equal(figures[1], { quantity: time, contender: "peer", samples: [], missing: "not installed" });
});

test("a quick comparison runs each contender once, and counts that", async () => {
	const runs: string[] = [];
	const figures = await compare(context(undefined, true), {
		quantities: [time],
		contenders: [worker("ours", runs), worker("peer", runs)],
		repetitions: 9,
		warmUps: 3,
	});
	assert.equal(runs, ["ours", "peer"]);
	assert.equal(
		figures.map(({ samples }) => samples),
		[[1], [1]],
	);
});

test("a number that a contender does not have is no sample", async () => {
	const figures = await compare(context(), {
		quantities: [time, memory],
		contenders: [{ name: "ours", measure: async () => [1, undefined] }],
		repetitions: 2,
	});
	assert.equal(
		figures.map(({ samples }) => samples),
		[[1, 1], []],
	);
});

test.run();
