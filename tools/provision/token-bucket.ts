import type { Clock } from "./clock.js";

/** A wait that is shorter than a timer's resolution is none. */
const timerResolution = 1;
/** However much a service throttles, a call goes out every so many milliseconds. */
const longestInterval = 4_000;
/** The rate is halved at most once in so many milliseconds: calls that were under way together are one message. */
const slowdownWindow = 1_000;
/** What the interval shrinks by for each call that passes, after a slowdown. */
const recovery = 0.97;

/**
 * A token bucket that holds one token: calls are spaced evenly, so no second sees more than the rate.
 *
 * A service that throttles all the same halves the rate; it grows back, call by call, to what was asked for.
 */
export class TokenBucket {
	readonly #clock: Clock;
	readonly #shortest: number;
	#interval: number;
	#next = -Infinity;
	#slowedAt = -Infinity;

	/** @param rate calls per second */
	constructor(rate: number, clock: Clock) {
		this.#clock = clock;
		this.#shortest = 1_000 / rate;
		this.#interval = this.#shortest;
	}

	/** The present rate, in calls per second. */
	get rate(): number {
		return 1_000 / this.#interval;
	}

	/** Waits for a token; callers are served in the order in which they ask. */
	async take(): Promise<void> {
		const now = this.#clock.now();
		const at = Math.max(now, this.#next);
		this.#next = at + this.#interval;
		if (at - now >= timerResolution)
			await this.#clock.sleep(Math.ceil(at - now));
	}

	/** The service said that this was too fast. */
	slowDown(): void {
		const now = this.#clock.now();
		if (now - this.#slowedAt < slowdownWindow)
			return;
		this.#slowedAt = now;
		this.#interval = Math.min(longestInterval, this.#interval * 2);
	}

	/** The service took a call. */
	recover(): void {
		this.#interval = Math.max(this.#shortest, this.#interval * recovery);
	}
}
