// SPDX-License-Identifier: MIT
import type { PacingClock } from "../../../tools/provision/account/clock.js";

/** A clock that jumps to the next sleeper's time whenever everything else waits. */
export class VirtualPacingClock implements PacingClock {
	#now = 0;
	#sleepers: { at: number; wake: () => void }[] = [];
	#scheduled = false;
	readonly #random: () => number;

	constructor(random: () => number = () => 0.5) {
		this.#random = random;
	}

	now(): number {
		return this.#now;
	}

	random(): number {
		return this.#random();
	}

	sleep(milliseconds: number): Promise<void> {
		return new Promise(wake => {
			this.#sleepers.push({ at: this.#now + milliseconds, wake });
			this.#schedule();
		});
	}

	#schedule(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		setImmediate(() => this.#jump());
	}

	#jump(): void {
		this.#scheduled = false;
		this.#sleepers.sort((a, b) => a.at - b.at);
		const next = this.#sleepers.shift();
		if (!next) return;
		this.#now = next.at;
		next.wake();
		if (this.#sleepers.length > 0) this.#schedule();
	}
}

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
