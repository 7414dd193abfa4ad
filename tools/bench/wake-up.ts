// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { compile } from "../lib/compile-c.js";

/** Computing times, in microseconds: every duration up to 100 ms in steps of 37 µs. */
const durations = ["1000", "100000", "37"];

export interface WakeUp {
	/** Milliseconds between the chip being done and the read that finds out. */
	delay: { minimum: number; median: number; maximum: number };
	/** Bytes of the data link's state. */
	state: number;
}

const fixture = ["t1_fixture.c", "t1_scripted_bus.c"].map(name => `tools/bench/${name}`);
const dataLink = ["t1.c", "t1_wire.c", "block.c", "atr.c"].map(name => `se050/native/${name}`);

/** The data link over a bus in C whose chip takes exactly as long as told. */
export function measureWakeUp(): WakeUp {
	const program = compile({
		name: "bench-wake-up",
		sources: ["tools/bench/wake_up.c", ...fixture, ...dataLink],
		includes: ["se050/native", "tools/bench"],
	});
	const { status, stdout, stderr } = spawnSync(program, durations, { encoding: "utf8" });
	if (status !== 0) throw new Error(`the benchmark of the wake-up delay failed: ${stderr.trim()}`);
	const [minimum = 0, median = 0, maximum = 0, state = 0] = stdout.trim().split(/\s/).map(Number);
	return { delay: { minimum: minimum / 1000, median: median / 1000, maximum: maximum / 1000 }, state };
}
