// SPDX-License-Identifier: MIT
import Timer from "timer";

/** The SDK's timer as the platform's classes take it. */
export const timers = Object.freeze({
	set: (callback: () => void, milliseconds: number): Timer => Timer.set(callback, milliseconds),
	clear: (timer: Timer): void => Timer.clear(timer),
});
