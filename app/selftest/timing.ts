// SPDX-License-Identifier: MIT
/** How long something took, in milliseconds. */
export interface Timing {
	runs: number;
	minimum: number;
	median: number;
	maximum: number;
}

/** Times something that was done `runs` times. @param microseconds a monotonic clock */
export function measure(runs: number, microseconds: () => number, body: () => void): Timing {
	const times = Array.from({ length: runs }, () => {
		const start = microseconds();
		body();
		return (microseconds() - start) / 1_000;
	}).sort((a, b) => a - b);
	const at = (index: number) => times[index] ?? 0;
	const middle = runs >> 1;
	return {
		runs,
		minimum: at(0),
		median: runs % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
		maximum: at(runs - 1),
	};
}
