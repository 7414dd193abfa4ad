// SPDX-License-Identifier: MIT
/** Simulated time, in microseconds since the simulator started (a fraction of one is kept: 9 clocks at 400 kHz are 22.5). */
export interface BusClock {
	readonly kind: "real" | "virtual";
	now(): number;
	/** Lets time pass; undefined where nobody has to wait for it: when it is virtual, or short. */
	elapse(microseconds: number): Promise<void> | undefined;
}

/** Time that passes only when someone asks for it: the same requests give the same times. */
export class VirtualClock implements BusClock {
	readonly kind = "virtual";
	#now = 0;

	now(): number {
		return this.#now;
	}

	elapse(microseconds: number): undefined {
		this.#now += microseconds;
	}
}

/** A rest shorter than this is not worth a timer, whose grain is a millisecond; the next wait makes up for it. */
const notWorthATimer = 500;

/** After a stall of the machine longer than this, time goes on from there and is not caught up with. */
const longestCatchUp = 1500;

/** Does not keep the process alive: the host's connection does, for as long as somebody waits. */
const wait = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds).unref());

/**
 * The machine's monotonic clock. Node's timers are exact to about a millisecond; what one wait is late or early is
 * carried as `#lag` into the next, so that many short waits add up to the right time.
 */
export class RealClock implements BusClock {
	readonly kind = "real";
	readonly #start = process.hrtime.bigint();
	/** How far the machine's clock is ahead of simulated time. */
	#lag = 0;

	now(): number {
		return this.#machine() - this.#lag;
	}

	elapse(microseconds: number): Promise<void> | undefined {
		const target = this.now() + microseconds;
		if (target - this.#machine() >= notWorthATimer) return this.#waitFor(target);
		this.#arrive(target);
		return undefined;
	}

	async #waitFor(target: number): Promise<void> {
		for (;;) {
			const rest = target - this.#machine();
			if (rest < notWorthATimer) break;
			await wait(Math.max(1, Math.floor(rest / 1000)));
		}
		this.#arrive(target);
	}

	#arrive(target: number): void {
		const lag = this.#machine() - target;
		this.#lag = lag > longestCatchUp ? 0 : lag;
	}

	#machine(): number {
		return Number(process.hrtime.bigint() - this.#start) / 1000;
	}
}
