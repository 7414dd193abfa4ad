// SPDX-License-Identifier: MIT
export interface BackoffOptions {
	/** Upper bound of the first delay, in milliseconds. */
	base: number;
	/** Upper bound of every delay, in milliseconds. */
	cap: number;
	/** Uniform in [0, 1). */
	random(): number;
}

/**
 * Capped exponential back-off with full jitter: each delay is uniform between 0 and min(cap, base · 2ⁿ)
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"). Never gives up; the caller does the sleeping.
 */
export class Backoff {
	#base: number;
	#cap: number;
	#random: () => number;
	#bound: number;

	constructor({ base, cap, random }: BackoffOptions) {
		if (!(base > 0 && cap >= base))
			throw new RangeError(`back-off: base ${base} ms must be above 0 and not above cap ${cap} ms`);
		this.#base = base;
		this.#cap = cap;
		this.#random = random;
		this.#bound = base;
	}

	/** The next delay, in whole milliseconds; the bound of the one after it doubles. */
	next(): number {
		const delay = Math.floor(this.#random() * (this.#bound + 1));
		this.#bound = Math.min(this.#cap, this.#bound * 2);
		return delay;
	}

	/** After a connection that proved stable: starts again at the base, or at a given bound in milliseconds. */
	reset(bound = this.#base): void {
		this.#bound = Math.min(this.#cap, Math.max(this.#base, bound));
	}

	/** The upper bound of the next delay, in milliseconds. */
	get bound(): number {
		return this.#bound;
	}
}
