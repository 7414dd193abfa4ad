// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { countColdStart, type RunResult, runCampaign } from "../../../tools/campaign/campaign.js";
import { type Case, collisions, deaths, everyFault, randomMixes } from "../../../tools/campaign/faults.js";

const built = await build({ variant: "release", keepGoing: true });

function sum({ counts }: RunResult, outcome: "right" | "error then right" | "undetected"): number {
	return [...counts.values()].reduce((all, row) => all + row[outcome], 0);
}

const everyNth = (cases: readonly Case[], step: number): Case[] => cases.filter((_, index) => index % step === 0);

/* A part of what `npm run campaign` does. */
for (const [name, scp03] of [
	["plain", ""],
	["over SCP03", "SE050C1"],
] as const) {
	const target = { scenario: "signature", scp03 } as const;
	const measured = countColdStart(built, target);

	test(`whatever fails on the way of a cold start, ${name}: the right result, or a clean error and then the right result`, async () => {
		const { exchanges } = await measured;
		const cases = [...everyNth(everyFault(exchanges), 13), ...randomMixes(20, "test")];
		const result = await runCampaign(built, cases, target);
		assert.equal(result.findings, []);
		assert.is(sum(result, "right") + sum(result, "error then right"), cases.length);
		assert.ok(sum(result, "error then right") > 0);
	});

	test(`a chip that a dead host left anywhere in a cold start, ${name}, serves the next one at the first try`, async () => {
		const { requests } = await measured;
		const cases = everyNth(deaths(requests), 9);
		const result = await runCampaign(built, cases, target);
		assert.equal(result.findings, []);
		assert.is(sum(result, "right") + sum(result, "error then right"), cases.length);
	});
}

for (const [name, scp03] of [
	["plain", ""],
	["over SCP03", "SE050C1"],
] as const) {
	test(`whatever fails while a key is generated, ${name}: it is generated once, or not at all`, async () => {
		const target = { scenario: "key", scp03 } as const;
		const { exchanges, requests } = await countColdStart(built, target);
		const cases = [
			...everyNth(everyFault(exchanges), 13),
			...everyNth(deaths(requests), 13),
			...randomMixes(20, "test"),
		];
		const result = await runCampaign(built, cases, target);
		assert.equal(result.findings, []);
		assert.is(sum(result, "right") + sum(result, "error then right"), cases.length);
	});
}

const plain = { scenario: "signature", scp03: "" } as const;
const secured = { scenario: "signature", scp03: "SE050C1" } as const;

test("corruptions that the CRC lets pass stay undetected in plain", async () => {
	const { exchanges } = await countColdStart(built, plain);
	const result = await runCampaign(built, everyNth(collisions(exchanges), 11), plain);
	assert.equal(result.findings, []);
	assert.ok(sum(result, "undetected") > 0);
});

test("with SCP03 none of them does", async () => {
	const { exchanges } = await countColdStart(built, secured);
	const result = await runCampaign(built, everyNth(collisions(exchanges), 11), secured);
	assert.equal(result.findings, []);
	assert.is(sum(result, "undetected"), 0);
});

test.run();
