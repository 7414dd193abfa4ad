// SPDX-License-Identifier: MIT
import type { PacingClock } from "./clock.js";

/** A wait that is shorter than a timer's resolution is none, in milliseconds. */
const timerResolution = 1;
/** Where calls are closer than that, so much lost time may be made up for, in milliseconds. */
const catchUp = 20;
/** However much a service throttles, a call goes out every so many milliseconds. */
const longestInterval = 4_000;
/** The rate is halved at most once in so many milliseconds: calls that were under way together are one message. */
const slowdownWindow = 1_000;
/** What the interval shrinks by for each call that passes, after a slowdown. */
const recovery = 0.97;

/**
 * A token bucket that holds one token: calls are spaced by what they really took, so no second sees more than the rate.
 *
 * A service that throttles nevertheless halves the rate; it grows back, call by call, to what was asked for.
 */
export class CallPacer {
	readonly #clock: PacingClock;
	readonly #shortest: number;
	#interval: number;
	#next = -Infinity;
	#queue: Promise<void> = Promise.resolve();
	#slowedAt = -Infinity;

	/** @param rate calls per second */
	constructor(rate: number, clock: PacingClock) {
		this.#clock = clock;
		this.#shortest = 1_000 / rate;
		this.#interval = this.#shortest;
	}

	/** The present rate, in calls per second. */
	get rate(): number {
		return 1_000 / this.#interval;
	}

	/** Waits for a token; callers are served in the order in which they ask. */
	take(): Promise<void> {
		this.#queue = this.#queue.then(() => this.#wait());
		return this.#queue;
	}

	async #wait(): Promise<void> {
		const wait = this.#next - this.#clock.now();
		if (wait >= timerResolution) await this.#clock.sleep(Math.ceil(wait));
		const slack = this.#interval < timerResolution ? catchUp : 0;
		this.#next = Math.max(this.#next, this.#clock.now() - slack) + this.#interval;
	}

	/** The service said that this was too fast. */
	slowDown(): void {
		const now = this.#clock.now();
		if (now - this.#slowedAt < slowdownWindow) return;
		this.#slowedAt = now;
		this.#interval = Math.min(longestInterval, this.#interval * 2);
	}

	/** The service took a call. */
	recover(): void {
		this.#interval = Math.max(this.#shortest, this.#interval * recovery);
	}
}
