// SPDX-License-Identifier: MIT
/** What a device has in use at one moment, in bytes; open files as a count. */
export interface Sample {
	/** JavaScript, after a collection: slots and chunks. */
	javascript: number;
	/** What natives and libraries have allocated. */
	native: number;
	files: number;
}

export const quantities = ["javascript", "native", "files"] as const satisfies readonly (keyof Sample)[];
export type Quantity = (typeof quantities)[number];

/** One quantity at the beginning and at the end of a run. */
export interface Trend {
	/** Least and middle value of the first quarter behind the warm-up, and of the last. */
	first: { least: number; middle: number };
	last: { least: number; middle: number };
	grows: boolean;
}

/** The share of a run in which caches and tables get their size. */
const warmUp = 0.1;
/** What a quarter may differ from another for other reasons than a leak: messages that wait, in bytes; files: none. */
const tolerance: Readonly<Record<Quantity, number>> = { javascript: 1_024, native: 4_096, files: 0 };
/** Fewer samples in a quarter tell nothing. */
const fewest = 12;

function summary(values: readonly number[]): { least: number; middle: number } {
	const sorted = [...values].sort((one, other) => one - other);
	return { least: sorted[0] ?? 0, middle: sorted[sorted.length >> 1] ?? 0 };
}

/**
 * Compares the first quarter of a run, behind its warm-up, with the last. A leak raises the least value and the middle
 * one; what a connection needs for a while raises neither.
 * @param samples of one device, taken while it was connected
 * @returns undefined when there are too few samples
 */
export function trend(samples: readonly Sample[], quantity: Quantity): Trend | undefined {
	const values = samples.slice(Math.ceil(samples.length * warmUp)).map(sample => sample[quantity]);
	const quarter = values.length >> 2;
	if (quarter < fewest) return undefined;
	const first = summary(values.slice(0, quarter)),
		last = summary(values.slice(-quarter)),
		most = tolerance[quantity];
	return { first, last, grows: last.least > first.least + most && last.middle > first.middle + most };
}
