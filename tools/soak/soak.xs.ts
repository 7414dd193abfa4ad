// SPDX-License-Identifier: MIT
/**
 * The firmware as it is, for tools/soak: from time to time an event `heap` tells what memory is in use after a collection, in
 * bytes. mc/config as the firmware takes it, and `sampling`, the time between two events in milliseconds.
 */

import { Report } from "app/report";
import { collectGarbage } from "host/machine";
import usage from "host/usage";
import { monotonic } from "iot/clock";
import main from "main";
import config from "mc/config";
import print from "platform/print";
import Time from "time";
import Timer from "timer";

export default function soak(): void {
	const report = new Report({ print, now: monotonic(Time) });
	Timer.repeat(() => {
		collectGarbage();
		report.event("heap", { ...usage() });
	}, Number(config.sampling));
	main();
}
