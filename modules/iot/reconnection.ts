// SPDX-License-Identifier: MIT
import { Backoff, type BackoffOptions } from "./backoff.js";
import type { Diagnosis, Suspicion } from "./diagnosis.js";

/** Where the back-off starts after a refusal, in milliseconds. */
const refusedBound = 30_000;
/** AWS IoT takes one CONNECT a second per client id. */
const connectInterval = 1_000;
/** A network that comes back, comes back for a whole site: the devices' connections are spread over so many milliseconds. */
const spread = 2_000;

/** When to connect again: after a delay with full jitter, not within a second of the last CONNECT, and much later after a refusal. */
export class Reconnection {
	#backoff: Backoff;
	#now: () => number;
	#random: () => number;
	#connectedAt = -Infinity;
	#suspected: Suspicion | undefined;

	/** @param now a monotonic clock, in milliseconds */
	constructor(now: () => number, options: BackoffOptions) {
		this.#now = now;
		this.#random = options.random;
		this.#backoff = new Backoff(options);
	}

	/** An attempt begins, or its CONNECT can go out. */
	attempted(): void {
		this.#connectedAt = this.#now();
	}

	/** What the end of the last connection may have been the answer to. */
	get suspected(): Suspicion | undefined {
		return this.#suspected;
	}

	/**
	 * How long to wait after a connection has ended, in milliseconds.
	 * @param stable it lasted long enough to be a good one
	 */
	delayAfter({ refused, suspected }: Diagnosis, stable: boolean): number {
		this.#suspected = suspected;
		if (refused) this.#backoff.reset(Math.max(this.#backoff.bound, refusedBound));
		else if (stable) this.#backoff.reset();
		return this.#notBefore(this.#backoff.next());
	}

	/** How long to wait after the network has come back, in milliseconds: what failed before says nothing any more. */
	delayOnline(): number {
		this.#backoff.reset();
		this.#suspected = undefined;
		return this.#notBefore(Math.floor(spread * this.#random()));
	}

	#notBefore(delay: number): number {
		return Math.max(delay, this.#connectedAt + connectInterval - this.#now());
	}
}
