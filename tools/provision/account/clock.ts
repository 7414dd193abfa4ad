// SPDX-License-Identifier: MIT
import { setTimeout as delay } from "node:timers/promises";

/** Time and chance, injected, so that a test can hold both still. */
export interface PacingClock {
	/** Monotonic, in milliseconds. */
	now(): number;
	sleep(milliseconds: number): Promise<void>;
	/** Uniform in [0, 1). */
	random(): number;
}

/** The machine's own. */
export const systemClock: PacingClock = {
	now: () => performance.now(),
	sleep: milliseconds => delay(milliseconds),
	random: Math.random,
};
