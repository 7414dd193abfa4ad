// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BenchFigure, Quantity } from "../../../tools/bench/row.js";
import { formatResult } from "../../../tools/bench/table.js";

const cpu: Quantity = { name: "CPU", unit: "ms", digits: 2, goal: "<= 3 ms" };
const figure = (contender: string, samples: number[], missing?: string): BenchFigure => ({
	quantity: cpu,
	contender,
	samples,
	...(missing !== undefined && { missing }),
});
/** Cells of the lines below the rule. */
const rows = (text: string) =>
	text
		.split("\n")
		.slice(2)
		.map(line => line.split(/ {2,}/));

test("the ratio is that of the medians, ours over the peer's", () => {
	const text = formatResult({ figures: [figure("ours", [1, 2, 9]), figure("peer", [4, 5, 4])] });
	assert.equal(rows(text), [
		["CPU", "ours", "2.00 ms", "1.00", "9.00", "<= 3 ms"],
		["", "peer", "4.00 ms", "4.00", "5.00", "0.50"],
	]);
});

test("a small ratio is not rounded to nothing", () => {
	assert.match(formatResult({ figures: [figure("ours", [3]), figure("peer", [3_000])] }), /0\.0010$/m);
});

test("a peer that is missing is named, with how to get it", () => {
	const text = formatResult({ figures: [figure("ours", [1]), figure("mosquitto", [], "not installed")] });
	assert.match(text, /^ +mosquitto +missing$/m);
	assert.match(text, /^mosquitto: not installed$/m);
});

test("ours alone has no ratio, and a peer of zero has none", () => {
	assert.equal(rows(formatResult({ figures: [figure("ours", [1])] })), [["CPU", "ours", "1.00 ms", "<= 3 ms"]]);
	assert.not.match(formatResult({ figures: [figure("ours", [1]), figure("peer", [0])] }), /Infinity|NaN/);
});

test("a result without figures is its notes", () => {
	assert.is(formatResult({ figures: [], notes: ["Not run here."] }), "Not run here.");
});

test.run();
