import type { Fault, FaultAction, Faults } from "../se050-sim/simulator.js";

/** Every kind of fault, both ways where it has two, with the parameters at which the driver's code turns. */
const actions: readonly FaultAction[] = [
	...(["host", "chip"] as const).flatMap((from): FaultAction[] => [
		{ kind: "lost", from }, { kind: "duplicated", from }, { kind: "wrong-sequence", from },
		...[0, 9, 17, 25, 40, 2000].map((bit): FaultAction => ({ kind: "corrupted", from, bit })),
		...[1, 3, 4].map((length): FaultAction => ({ kind: "truncated", from, length })),
		{ kind: "wrong-nad", from, value: 0 },
		...[1, 255].map((difference): FaultAction => ({ kind: "wrong-length", from, difference })),
	]),
	...[100_000, 999_000, 1_500_000, 3_000_000].map((microseconds): FaultAction => ({ kind: "late", microseconds })),
	...[1, 2, 3].map((error): FaultAction => ({ kind: "r-nak", error })),
	{ kind: "wtx", multipliers: [1] }, { kind: "wtx", multipliers: [0, 1, 255, 2] },
	...[1, 32, 254].map((size): FaultAction => ({ kind: "ifs", size })),
	{ kind: "abort" },
	{ kind: "reset", when: "before" }, { kind: "reset", when: "after" },
	...(["write", "read"] as const).flatMap((during): FaultAction[] => [
		{ kind: "nack", during, after: 0, times: 1 }, { kind: "nack", during, after: 2, times: 5 },
		{ kind: "silent", during, microseconds: 500_000 }, { kind: "silent", during, microseconds: 5_000_000 },
		{ kind: "sda-low", during, microseconds: 20_000 }, { kind: "sda-low", during, microseconds: 2_000_000 },
	]),
];

/** One run's faults, and what the table calls it. */
export interface Case { name: string; faults: Faults }

/** Every fault at each exchange from the first to the last. */
export function everyFault(exchanges: number): Case[] {
	return Array.from({ length: exchanges }, (_, index) => index + 1)
		.flatMap(exchange => actions.map(action => ({ name: action.kind, faults: [{ ...action, exchange } as Fault] })));
}

/** Mixes that a seed draws, at rates from 5 to 40 % of the exchanges. */
export function randomMixes(count: number, seed: string): Case[] {
	const rates = [50, 100, 200, 400];
	return Array.from({ length: count }, (_, index) => {
		const rate = rates[index % rates.length] ?? 100;
		return { name: `mix, ${rate / 10} % of the blocks`, faults: { seed: `${seed}/${index}`, rate } };
	});
}
