// SPDX-License-Identifier: MIT
/**
 * The globals that uvu takes for Node's: time-outs, and a process that writes to standard output and ends with a status.
 */

import { setExitStatus } from "host/machine";
import Time from "time";
import Timer from "timer";

/** process.hrtime: seconds and nanoseconds, since `from` when given. */
function hrtime(from: [number, number] = [0, 0]): [number, number] {
	const microseconds = (Time.microseconds ?? 0) - from[0] * 1e6 - from[1] / 1e3;
	return [Math.floor(microseconds / 1e6), (microseconds % 1e6) * 1e3];
}

/* Until uvu says otherwise: a test file in which a test never ends has failed. */
setExitStatus(1);

Object.assign(globalThis, {
	setTimeout: (callback: () => void, milliseconds?: number) => Timer.set(() => callback(), milliseconds ?? 0),
	clearTimeout: (timer?: Timer) => Timer.clear(timer),
	console: { log: (...values: unknown[]) => trace(`${values.map(String).join(" ")}\n`) },
	process: {
		argv: [],
		env: { NO_COLOR: "1" },
		stdout: { isTTY: false, write: (text: string) => trace(text) },
		hrtime,
		on: () => undefined,
		set exitCode(status: number) {
			setExitStatus(status);
		},
	},
});
