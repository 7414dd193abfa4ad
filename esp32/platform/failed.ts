// SPDX-License-Identifier: MIT
import Timer from "timer";

/** Milliseconds from an error that ends the program to the restart: long enough to be read. */
const pause = 10_000;

/** Ends a program that cannot start, a moment later: uncaught, the error restarts a release build and stops a debug build in xsbug. */
export default function failed(error: unknown): void {
	Timer.set(() => {
		throw error;
	}, pause);
}
