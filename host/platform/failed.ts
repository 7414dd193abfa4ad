// SPDX-License-Identifier: MIT
import { setExitStatus } from "host/machine";
import config from "mc/config";

/** Stand-in of esp32/platform/failed.ts: the process ends with status 1; with the setting `debug` the error's stack is printed. */
export default function failed(error: unknown): void {
	if (Number(config.debug ?? 0) === 1) throw error;
	setExitStatus(1);
}
