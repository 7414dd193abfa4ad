// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { measureFirmware } from "../../../tools/heap/demonstration.js";
import { formatPeaks } from "../../../tools/heap/measure.js";

/** Bytes of JavaScript heap that the firmware may take on the ESP32, of which it has some 140 KB for everything. */
const most = 20 * 1024;

test("the firmware, connected and echoing, takes at most 20 KB of JavaScript heap", async () => {
	let output = "";
	const { status, peaks } = await measureFirmware(8, text => {
		output += text;
	});
	assert.is(status, 0, output);
	assert.match(output, /done +echoes=8/);
	const { slots, chunks } = peaks;
	assert.ok(
		slots + chunks <= most,
		`${slots + chunks} bytes, ${slots + chunks - most} too many: find out what a change keeps or makes at run time (docs/evidence/footprint.md, JavaScript heap).\n${formatPeaks(peaks)}`,
	);
});

test.run();
