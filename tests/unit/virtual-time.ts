// SPDX-License-Identifier: MIT
/** Timers and a clock that only a test advances. */
export class VirtualTime {
	#now = 0;
	#timers: { at: number; order: number; callback: () => void }[] = [];
	#order = 0;

	readonly now = (): number => this.#now;

	readonly timer = {
		set: (callback: () => void, milliseconds = 0): unknown => {
			const timer = { at: this.#now + milliseconds, order: this.#order++, callback };
			this.#timers.push(timer);
			return timer;
		},
		clear: (handle: unknown): void => {
			this.#timers = this.#timers.filter(timer => timer !== handle);
		},
	};

	/** Runs what falls due in the next milliseconds, in order. */
	advance(milliseconds: number): void {
		const end = this.#now + milliseconds;
		for (;;) {
			const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
			if (!next) break;
			this.timer.clear(next);
			this.#now = Math.max(this.#now, next.at);
			next.callback();
		}
		this.#now = end;
	}

	/** Timers that wait. */
	get pending(): number {
		return this.#timers.length;
	}
}
