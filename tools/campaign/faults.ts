// SPDX-License-Identifier: MIT
import type { FaultAction, Faults } from "../se050-sim/simulator.js";

/** Every kind of fault, both ways where it has two, with the parameters at which the driver's code turns. */
const actions: readonly FaultAction[] = [
	...(["host", "chip"] as const).flatMap((from): FaultAction[] => [
		{ kind: "lost", from },
		{ kind: "duplicated", from },
		{ kind: "wrong-sequence", from },
		...[0, 9, 17, 25, 40, 2000].map((bit): FaultAction => ({ kind: "corrupted", from, bit })),
		...[1, 3, 4].map((length): FaultAction => ({ kind: "truncated", from, length })),
		{ kind: "wrong-nad", from, value: 0 },
		...[1, 255].map((difference): FaultAction => ({ kind: "wrong-length", from, difference })),
	]),
	...[100_000, 999_000, 1_500_000, 3_000_000].map((microseconds): FaultAction => ({ kind: "late", microseconds })),
	...[1, 2, 3].map((error): FaultAction => ({ kind: "r-nak", error })),
	{ kind: "wtx", multipliers: [1] },
	{ kind: "wtx", multipliers: [0, 1, 255, 2] },
	...[1, 32, 254].map((size): FaultAction => ({ kind: "ifs", size })),
	{ kind: "abort" },
	{ kind: "reset", when: "before" },
	{ kind: "reset", when: "after" },
	...(["write", "read"] as const).flatMap((during): FaultAction[] => [
		{ kind: "nack", during, after: 0, times: 1 },
		{ kind: "nack", during, after: 2, times: 5 },
		{ kind: "silent", during, microseconds: 500_000 },
		{ kind: "silent", during, microseconds: 5_000_000 },
		{ kind: "sda-low", during, microseconds: 20_000 },
		{ kind: "sda-low", during, microseconds: 2_000_000 },
	]),
];

/** Longer than anybody waits: the fault lasts until the faults are taken away. */
const lasting = 0xffffffff;

const lastingActions: readonly FaultAction[] = (["write", "read"] as const).flatMap((during): FaultAction[] => [
	{ kind: "silent", during, microseconds: lasting },
	{ kind: "sda-low", during, microseconds: lasting },
]);

/** One run: its faults, and what the table calls it. */
export interface Case {
	name: string;
	faults: Faults;
	/** The host dies after so many requests of the simulator link: transactions with the sleeps before them, and looks at the clock. */
	dies?: number;
	/** Whether the faults are such that nothing without a MAC can find them out. */
	undetectable?: boolean;
}

function atEach(
	exchanges: number,
	actions: readonly FaultAction[],
	rest: (action: FaultAction) => Omit<Case, "faults">,
): Case[] {
	return Array.from({ length: exchanges }, (_, index) => index + 1).flatMap(exchange =>
		actions.map(action => ({ faults: [{ ...action, exchange }], ...rest(action) })),
	);
}

/** Every fault at each exchange from the first to the last, those that end and those that do not. */
export function everyFault(exchanges: number): Case[] {
	return [
		...atEach(exchanges, actions, ({ kind }) => ({ name: kind })),
		...atEach(exchanges, lastingActions, ({ kind }) => ({ name: `${kind}, forever` })),
	];
}

/** Corrupted blocks that the CRC lets pass: at each exchange, each way, one bit in every seven. */
export function collisions(exchanges: number): Case[] {
	const bits = Array.from({ length: 48 }, (_, index) => index * 7);
	const everyWay = (["host", "chip"] as const).flatMap(from =>
		bits.map((bit): FaultAction => ({ kind: "collision", from, bit })),
	);
	return atEach(exchanges, everyWay, () => ({ name: "corrupted, right CRC", undetectable: true }));
}

/** A host that dies after each of its requests; the next one finds the chip as it is then. */
export function deaths(requests: number): Case[] {
	return Array.from({ length: requests }, (_, index) => ({ name: "host dies", faults: [], dies: index + 1 }));
}

/** Mixes that a seed draws, at rates from 5 to 40 % of the exchanges. */
export function randomMixes(count: number, seed: string): Case[] {
	const rates = [50, 100, 200, 400];
	return Array.from({ length: count }, (_, index) => {
		const rate = rates[index % rates.length] ?? 100;
		return { name: `mix, ${rate / 10} % of the blocks`, faults: { seed: `${seed}/${index}`, rate } };
	});
}
