// SPDX-License-Identifier: MIT
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseCachegrind, parsePerf } from "../../../tools/bench/instructions.js";

test("perf's count is read from its CSV", () => {
	assert.is(
		parsePerf(
			"# started on Sat Nov 28 07:00:00 2026\n\n31415926,,instructions:u,12345678,100.00,1.20,insn per cycle\n",
		),
		31_415_926,
	);
	assert.is(parsePerf("159000000,,instructions,1,100.00,,\n"), 159_000_000);
});

test("where perf has no counter there is no count, and not 0", () => {
	assert.is(parsePerf("<not supported>,,instructions:u,0,100.00,,\n"), undefined);
	assert.is(parsePerf("<not counted>,,instructions:u,0,100.00,,\n"), undefined);
	assert.is(parsePerf(""), undefined);
	assert.is(parsePerf("1.5,msec,task-clock:u,1500000,100.00,0.9,CPUs utilized\n"), undefined);
});

test("cachegrind's count is read as versions 3.19 and 3.24 print it", () => {
	assert.is(parseCachegrind("==7== Command: true\n==7== \n==7== I   refs:      56,412,345\n"), 56_412_345);
	assert.is(parseCachegrind("==7== I refs:        999\n"), 999);
});

test("a program that valgrind could not run has no count", () => {
	assert.is(parseCachegrind("valgrind: xs: command not found\n"), undefined);
});

test.run();
