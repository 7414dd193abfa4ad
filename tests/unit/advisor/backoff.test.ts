// SPDX-License-Identifier: MIT
/** The rows about waits, and devices that wait as they should not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TestVerdict } from "../../../tools/advisor/verdict.js";
import { waitsOf } from "../../../tools/advisor/waits.js";
import { type Deeds, judge } from "./bench.js";

const patterns = {
	constant: [1_000, 1_010, 990, 1_000, 1_005],
	linear: [1_000, 2_000, 3_000, 4_000, 5_000],
	exponential: [500, 1_000, 2_000, 4_000, 8_000],
	jittered: [650, 1_260, 3_020, 200, 6_820],
} as const;

/** Five ends, a sixth connection that is answered, and all of it again. */
function twice(first: readonly number[], second: readonly number[]): (deeds: Deeds) => unknown {
	return deeds => deeds.connections([...first, 300, ...second], connection => connection % 6 === 0);
}

function verdicts(
	id: string,
	act: (waits: readonly number[]) => (deeds: Deeds) => unknown,
	expected: Record<keyof typeof patterns, TestVerdict>,
): void {
	for (const [pattern, verdict] of Object.entries(expected) as [keyof typeof patterns, TestVerdict][])
		test(`${id}: ${pattern} waits: ${verdict}`, async () => {
			const judgement = await judge(id, act(patterns[pattern]));
			assert.is(judgement.verdict, verdict, judgement.evidence);
		});
}

const asAWS = { constant: "FAIL", linear: "FAIL", exponential: "PASS_WITH_WARNINGS", jittered: "PASS" } as const;

verdicts("MQTT_Connect_Jitter_Backoff_Retries", waits => twice(waits, waits), asAWS);
verdicts(
	"MQTT_Connect_Exponential_Backoff_Retries",
	waits => deeds => deeds.connections(waits, connection => connection === 6),
	{ constant: "FAIL", linear: "FAIL", exponential: "PASS", jittered: "PASS" },
);
verdicts(
	"MQTT_Reconnect_Backoff_Retries_On_Server_Disconnect",
	waits => deeds => deeds.connections(waits, () => true),
	asAWS,
);
verdicts("MQTT_Reconnect_Backoff_Retries_On_Unstable_Connection", waits => deeds => deeds.connections(waits), asAWS);

test("jitter that looks like a pattern in one cycle is reported by the other", async () => {
	assert.is(
		(await judge("MQTT_Connect_Jitter_Backoff_Retries", twice(patterns.exponential, patterns.jittered))).verdict,
		"PASS",
	);
	assert.is(
		(await judge("MQTT_Connect_Jitter_Backoff_Retries", twice(patterns.constant, patterns.exponential))).verdict,
		"FAIL",
	);
});

test("a device that gives up fails", async () => {
	const { verdict, evidence } = await judge("MQTT_Connect_Jitter_Backoff_Retries", deeds =>
		deeds.connections([650, 1_260]),
	);
	assert.is(verdict, "FAIL");
	assert.match(evidence, /5 connections again did not come/);
});

test("full jitter that exceeds its bounds fails where exponential growth is asked for", async () => {
	const { verdict } = await judge("MQTT_Connect_Exponential_Backoff_Retries", deeds =>
		deeds.connections([650, 5_000, 200, 7_000, 300], connection => connection === 6),
	);
	assert.is(verdict, "FAIL");
});

test("announced waits are judged in place of those that a busy machine made longer", async () => {
	const { verdict, evidence } = await judge("MQTT_Reconnect_Backoff_Retries_On_Unstable_Connection", deeds => {
		const announced = [1_000, 1_300, 900, 2_900, 1_100];
		announced.forEach(wait => deeds.announce(wait / 1_000));
		return deeds.connections([2_000, 2_010, 2_005, 3_000, 2_000]);
	});
	assert.is(verdict, "PASS");
	assert.match(evidence, /1\.00, 1\.30, 0\.90, 2\.90, 1\.10 s: jittered/);
});

test("announced waits count only where what was seen bears them out", () => {
	assert.equal(waitsOf([1_100, 2_600], [1_000, 2_000, 500]), [1_000, 2_000]);
	assert.equal(waitsOf([1_100, 2_600], []), [1_100, 2_600]);
	assert.throws(() => waitsOf([300], [2_000]), /announced a wait of 2\.00 s and came after 0\.30 s/);
	assert.throws(() => waitsOf([9_000], [1_000]), /announced a wait of 1\.00 s and came after 9\.00 s/);
});

test.run();
