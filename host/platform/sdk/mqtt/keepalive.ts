// SPDX-License-Identifier: MIT
import type { Platform } from "./platform.js";

export interface KeepAliveCallbacks {
	/** A PINGREQ is due. */
	onPing(): void;
	/** The server has not answered for one and a half intervals. */
	onTimeout(): void;
}

/** Half a second before three quarters of the interval, a ping is due: the check comes round four times an interval. */
const slack = 500;

/** When to send PINGREQ, and when its PINGRESP is overdue (MQTT 3.1.1, section 3.1.2.10). */
export class KeepAlive {
	#platform: Platform;
	#callbacks: KeepAliveCallbacks;
	#interval: number;
	#timer: unknown;
	#sent: number;
	#answered: number;

	/** Starts immediately; `seconds` is at least 1. */
	constructor(seconds: number, platform: Platform, callbacks: KeepAliveCallbacks) {
		this.#platform = platform;
		this.#callbacks = callbacks;
		this.#interval = seconds * 1_000;
		this.#sent = this.#answered = platform.time.ticks;
		this.#timer = platform.timer.repeat(() => this.#check(), this.#interval / 4);
	}

	/** A PINGREQ was written. */
	sent(): void {
		this.#sent = this.#platform.time.ticks;
	}

	/** A PINGRESP came. */
	answered(): void {
		this.#answered = this.#platform.time.ticks;
	}

	stop(): void {
		this.#platform.timer.clear(this.#timer);
		this.#timer = undefined;
	}

	#check(): void {
		const { ticks } = this.#platform.time;
		if (this.#platform.time.delta(this.#answered, ticks) >= this.#interval * 1.5) return this.#callbacks.onTimeout();
		if (this.#platform.time.delta(this.#sent, ticks) >= this.#interval * 0.75 - slack) this.#callbacks.onPing();
	}
}
