// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cpuTime, parseCpuTime } from "../../../tools/lib/cpu-time.js";

test("the times are fields 14 to 17, whatever the process is called", () => {
	const rest = "S 1 2 3 4 5 6 7 8 9 10 150 50 1000 250 20 0 1";
	for (const name of ["node", "a b", "x) S 9 9", "("])
		assert.equal(parseCpuTime(`42 (${name}) ${rest}`), { own: 2, children: 12.5 });
});

test("a child's time counts once it has ended", () => {
	const before = cpuTime("self");
	spawnSync(process.execPath, ["-e", "const end = Date.now() + 300; while (Date.now() < end) {}"]);
	assert.ok(cpuTime("self").children > before.children);
});

test("a process that does not exist has no time", () => {
	assert.throws(() => cpuTime(2 ** 30), /ENOENT/);
});

test.run();
