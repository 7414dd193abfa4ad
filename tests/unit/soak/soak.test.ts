// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ObservedPacket, packetType } from "../../../tools/iot-core/scenario/packet.js";
import { faultNames } from "../../../tools/soak/faults.js";
import { Ledger } from "../../../tools/soak/ledger.js";
import { type Sample, trend } from "../../../tools/soak/memory.js";
import { faultsOf, verdictOf } from "../../../tools/soak/report.js";
import { type Soaked, schedules } from "../../../tools/soak/run.js";
import { Saboteur } from "../../../tools/soak/saboteur.js";

const options = { devices: 3, disconnects: 100, seed: "a" };

test("the same seed gives the same schedule, and another one another", () => {
	assert.equal(schedules(options), schedules(options));
	assert.not.equal(schedules(options), schedules({ ...options, seed: "b" }));
});

test("a schedule has as many ends as were asked for, and each fault about as often", () => {
	const ends = schedules(options);
	assert.is(ends.flat().length, 100);
	for (const fault of faultNames)
		assert.ok([12, 13].includes(ends.flat().filter(planned => planned.fault === fault).length), fault);
});

test("a message that was acknowledged by either side and has not arrived is missing", () => {
	const ledger = new Ledger();
	ledger.acknowledged.add(1).add(2);
	ledger.taken.add(2).add(3);
	ledger.arrive(2);
	assert.equal(ledger.missing, [1, 3]);
});

test("a message that arrives again is counted, and one that nobody acknowledged is not missing", () => {
	const ledger = new Ledger();
	for (const number of [7, 7, 8, 7]) ledger.arrive(number);
	assert.equal([ledger.arrived, ledger.duplicates, ledger.missing], [2, 2, []]);
});

const sample = (javascript: number): Sample => ({ javascript, native: 0, files: 6 });

test("memory that grows by a little with each connection is found", () => {
	const samples = Array.from({ length: 400 }, (_, index) => sample(20_000 + 8 * index + (index % 5) * 300));
	assert.is(trend(samples, "javascript")?.grows, true);
	assert.is(trend(samples, "native")?.grows, false);
});

test("memory that comes and goes does not grow, nor does what is there from the warm-up on", () => {
	const samples = Array.from({ length: 400 }, (_, index) =>
		sample(20_000 + (index % 7) * 900 + Math.min(index, 30) * 500),
	);
	assert.is(trend(samples, "javascript")?.grows, false);
});

test("one file that stays open is found", () => {
	const samples = Array.from({ length: 400 }, (_, index) => ({ ...sample(0), files: index < 300 ? 6 : 7 }));
	assert.is(trend(samples, "files")?.grows, true);
});

test("too short a run says nothing about memory", () => {
	assert.is(
		trend(
			Array.from({ length: 40 }, () => sample(1)),
			"javascript",
		),
		undefined,
	);
});

function soakedWith(ledger: Ledger, samples: Sample[]): Soaked {
	return {
		seconds: 1,
		failure: undefined,
		devices: [
			{ ledgers: { up: ledger, down: new Ledger(), back: new Ledger() }, samples },
		] as unknown as Soaked["devices"],
	};
}

test("a run is good when nothing is missing and nothing grows, and else says what is wrong", () => {
	const lost = new Ledger();
	lost.acknowledged.add(1);
	const growing = Array.from({ length: 400 }, (_, index) => sample(100 * index));
	assert.equal(faultsOf(soakedWith(new Ledger(), [])), []);
	assert.equal(faultsOf(soakedWith(lost, [])), ["1 acknowledged message did not arrive."]);
	assert.equal(faultsOf(soakedWith(new Ledger(), growing)), ["Memory grows: device 1, javascript."]);
	assert.equal(faultsOf({ ...soakedWith(new Ledger(), []), failure: "it was not done within 1 s" }), [
		"The run did not end as planned: it was not done within 1 s.",
	]);
});

test("only a run that was long enough says that memory does not grow", () => {
	const steady = Array.from({ length: 400 }, () => sample(1));
	assert.match(verdictOf(soakedWith(new Ledger(), steady)), /memory does not grow/);
	assert.match(verdictOf(soakedWith(new Ledger(), steady.slice(0, 40))), /too short to tell whether memory grows/);
});

const packet = (type: number) => ({ type }) as ObservedPacket;

test("an end that was planned at CONNACK comes there, once", () => {
	const saboteur = new Saboteur([{ fault: "connack", point: 0 }], {
		disconnect: () => undefined,
		takeOver: () => undefined,
	});
	assert.is(saboteur.judge(packet(packetType.CONNECT), "device"), "pass");
	assert.is(saboteur.judge(packet(packetType.CONNACK), "server"), "pass and cut");
	assert.is(saboteur.judge(packet(packetType.CONNACK), "server"), "pass");
	assert.is(saboteur.left, 0);
});

test("an end that was planned at a PUBACK lets those before it pass", () => {
	const saboteur = new Saboteur([{ fault: "puback", point: 0.25 }], {
		disconnect: () => undefined,
		takeOver: () => undefined,
	});
	const verdicts = Array.from({ length: 4 }, () => saboteur.judge(packet(packetType.PUBACK), "server"));
	assert.equal(verdicts, ["pass", "pass", "cut", "pass"]);
});

test.run();
