// SPDX-License-Identifier: MIT
import { setExitStatus } from "host/machine";
import config from "mc/config";
import Timer from "timer";

/**
 * Stand-in of esp32/platform/failed.ts: the process ends with status 1 when nothing is left to wait for; with the setting
 * `debug` the error's stack is printed.
 */
export default function failed(error: unknown): void {
	setExitStatus(1);
	if (Number(config.debug ?? 0) !== 1) return;
	Timer.set(() => {
		throw error;
	}, 0);
}
