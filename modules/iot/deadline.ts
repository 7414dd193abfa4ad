// SPDX-License-Identifier: MIT
import type { Timers } from "./mqtt.js";

export interface DeadlineOptions {
	timer: Timers;
	/** A monotonic clock, in milliseconds. */
	now(): number;
}

/**
 * When the answer that is awaited must be there. Each message moves it: a timer that fires earlier is kept, and set again
 * when it fires.
 */
export class Deadline {
	readonly #options: DeadlineOptions;
	readonly #onTimer: () => void;
	#timer: unknown;
	/** When the timer fires, and when the deadline is, on the clock; Infinity: there is none. */
	#timerAt = Infinity;
	#at = Infinity;

	/** @param onTimer asks `isReached` */
	constructor(options: DeadlineOptions, onTimer: () => void) {
		this.#options = options;
		this.#onTimer = onTimer;
	}

	/** The answer must be there within so many milliseconds from now. */
	set(milliseconds: number): void {
		const { timer, now } = this.#options;
		this.#at = now() + milliseconds;
		if (this.#at >= this.#timerAt) return;
		timer.clear(this.#timer);
		this.#timerAt = this.#at;
		this.#timer = timer.set(this.#onTimer, milliseconds);
	}

	/** No answer is awaited. */
	clear(): void {
		this.#options.timer.clear(this.#timer);
		this.#timer = undefined;
		this.#timerAt = this.#at = Infinity;
	}

	/** The timer fired: whether the deadline is reached. If not, the timer is set again. */
	isReached(): boolean {
		const left = this.#at - this.#options.now();
		this.#timer = undefined;
		this.#timerAt = Infinity;
		if (left > 0) this.set(left);
		return left <= 0;
	}
}
