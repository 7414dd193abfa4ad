// SPDX-License-Identifier: MIT
/** A token bucket: so many a second, and at most a second's worth in one burst. */
export class RateBucket {
	readonly #rate: number;
	readonly #capacity: number;
	readonly #now: () => number;
	#tokens: number;
	/** When `#tokens` was right, in milliseconds. */
	#at: number;

	/**
	 * @param rate tokens a second; Infinity: no bound
	 * @param now monotonic, in milliseconds
	 * @param capacity tokens at most
	 */
	constructor(rate: number, now: () => number = () => performance.now(), capacity = rate) {
		this.#rate = rate;
		this.#capacity = capacity;
		this.#tokens = capacity;
		this.#now = now;
		this.#at = now();
	}

	/** Takes a token; false when there is none. */
	take(): boolean {
		if (this.#rate === Infinity) return true;
		this.#fill();
		if (this.#tokens < 1) return false;
		this.#tokens -= 1;
		return true;
	}

	/** Takes tokens that may not be there yet. */
	spend(count: number): void {
		if (this.#rate === Infinity) return;
		this.#fill();
		this.#tokens -= count;
	}

	/** Milliseconds until there are so many tokens; 0 when there are. */
	delay(count = 0): number {
		if (this.#rate === Infinity) return 0;
		this.#fill();
		return Math.max(0, ((count - this.#tokens) / this.#rate) * 1000);
	}

	#fill(): void {
		const now = this.#now();
		this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#at) / 1000) * this.#rate);
		this.#at = now;
	}
}
