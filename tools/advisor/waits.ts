// SPDX-License-Identifier: MIT
import { Missing } from "./test-case.js";
import { fail, type Judgement, pass, warn } from "./verdict.js";

/** How the waits before connecting again follow each other; Device Advisor's words. */
export type Pattern = "constant" | "linear" | "exponential" | "jittered";

/** Two waits are the same when they differ by no more than this share of the longer one, or by this time. */
const relativeTolerance = 0.1,
	toleranceMs = 150;
/** Fewer waits have no pattern. */
const fewest = 3;
/** A wait that grows by less than this factor does not grow exponentially. */
const leastFactor = 1.3;

function isSame(one: number, other: number): boolean {
	return Math.abs(one - other) <= Math.max(toleranceMs, relativeTolerance * Math.max(one, other));
}

/** All waits as the first ones foretell; from the longest on they may stay as they are, as a cap makes them. */
function follows(waits: readonly number[], next: (wait: number) => number): boolean {
	const cap = Math.max(...waits);
	return waits.every((wait, index) => {
		const previous = waits[index - 1];
		return previous === undefined || isSame(wait, Math.min(cap, next(previous)));
	});
}

/**
 * Classifies the waits between the end of a connection and the next attempt.
 * @param waits milliseconds, in their order
 * @throws RangeError for fewer than three
 */
export function classifyWaits(waits: readonly number[]): Pattern {
	const [first = 0, second = 0] = waits;
	if (waits.length < fewest)
		throw new RangeError(`${waits.length} waits have no pattern; at least ${fewest} are needed`);
	if (waits.every(wait => isSame(wait, first))) return "constant";
	if (second > first && follows(waits, wait => wait + (second - first))) return "linear";
	if (second >= first * leastFactor && follows(waits, wait => (wait * second) / first)) return "exponential";
	return "jittered";
}

/** Waits as a person reads them. */
export function inSeconds(waits: readonly number[]): string {
	return `${waits.map(wait => (wait / 1_000).toFixed(2)).join(", ")} s`;
}

/** On a machine that is busy a device comes later than it said, and the endpoint sees the end of a connection later than the device; in milliseconds. */
const earliestMs = -1_000,
	latestMs = 5_000;

/**
 * The waits before connecting again: those that the device announced, where its serial line is here and what was seen bears
 * them out; else those that were seen. What a busy machine adds to them does not change their pattern then.
 * @param seen milliseconds between the end of a connection and the next attempt, on the endpoint's clock
 * @param announced milliseconds, in the same order
 * @throws Missing when the device did not come when it said that it would
 */
export function waitsOf(seen: readonly number[], announced: readonly number[]): readonly number[] {
	if (announced.length < seen.length) return seen;
	const wrong = seen.findIndex(
		(wait, index) => wait < announced[index]! + earliestMs || wait > announced[index]! + latestMs,
	);
	if (wrong >= 0)
		throw new Missing(
			`the device announced a wait of ${inSeconds([announced[wrong]!])} and came after ${inSeconds([seen[wrong]!])}`,
		);
	return announced.slice(0, seen.length);
}

/** Device Advisor's judgement: jitter passes, exponential growth without it gets a warning, what does not grow fails. */
export function judgeWaits(waits: readonly number[]): Judgement {
	const pattern = classifyWaits(waits);
	const evidence = `waits ${inSeconds(waits)}: ${pattern}`;
	switch (pattern) {
		case "jittered":
			return pass(evidence);
		case "exponential":
			return warn(`${evidence}, without jitter`);
		default:
			return fail(evidence);
	}
}

/**
 * Whether the waits stay below bounds that double from a base up to a cap, and use them: what full jitter looks like
 * from outside.
 * @param slack milliseconds that connecting itself takes
 */
export function isBelowDoublingBounds(
	waits: readonly number[],
	{ base, cap, slack }: { base: number; cap: number; slack: number },
): boolean {
	return (
		waits.every((wait, index) => wait <= Math.min(cap, base * 2 ** index) + slack) &&
		waits.some(wait => wait > base + slack)
	);
}
