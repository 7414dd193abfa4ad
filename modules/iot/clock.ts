// SPDX-License-Identifier: MIT
/** The SDK's `time` module, as far as it is used: `ticks` is a counter of milliseconds that wraps at 32 bits. */
export interface Ticks {
	readonly ticks: number;
	delta(start: number, end?: number): number;
}

/** A clock in milliseconds that neither wraps nor goes back, over a counter that wraps; read it more often than every 24 days. */
export function monotonic(time: Ticks): () => number {
	let last = time.ticks;
	let elapsed = 0;
	return () => {
		const ticks = time.ticks;
		elapsed += time.delta(last, ticks);
		last = ticks;
		return elapsed;
	};
}
