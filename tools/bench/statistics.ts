// SPDX-License-Identifier: MIT

export interface Summary {
	median: number;
	least: number;
	most: number;
}

/** Median, least and most of a row's samples. @throws RangeError when there is none */
export function summarize(samples: readonly number[]): Summary {
	const sorted = [...samples].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const [least, upper, most] = [sorted[0], sorted[middle], sorted.at(-1)];
	if (least === undefined || upper === undefined || most === undefined) throw new RangeError("There is no sample.");
	const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? upper) : upper;
	return { median: (lower + upper) / 2, least, most };
}
