// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { compile } from "../../lib/compile-c.js";

/** How late the data link notices that the chip is done, over a range of computing times. */
export interface WakeUp {
	/** Milliseconds between the chip being done and the read that finds out. */
	delay: { minimum: number; median: number; maximum: number };
	/** The most reads and writes that the chip did not acknowledge. */
	polls: number;
}

export interface WakeUps {
	/** First signature, of 40 to 56 ms: 48 ms are expected. */
	first: WakeUp;
	/** A command that took as long before, 20 to 100 ms. */
	again: WakeUp;
	/** Bytes of the data link's state. */
	state: number;
}

/** Microseconds: from, to, step; what is expected (0: as long as before). */
const ranges = { first: [40_000, 56_000, 37, 48_000], again: [20_000, 100_000, 37, 0] } as const;

const fixture = ["t1_fixture.c", "t1_scripted_bus.c"].map(name => `tools/bench/${name}`);
const dataLink = ["t1.c", "t1_wire.c", "block.c", "atr.c"].map(name => `se050/native/${name}`);

function measure(program: string, range: readonly number[]): WakeUp & { state: number } {
	const { status, stdout, stderr } = spawnSync(program, range.map(String), { encoding: "utf8" });
	if (status !== 0) throw new Error(`the benchmark of the wake-up delay failed: ${stderr.trim()}`);
	const [minimum = 0, median = 0, maximum = 0, polls = 0, state = 0] = stdout.trim().split(/\s/).map(Number);
	return { delay: { minimum: minimum / 1000, median: median / 1000, maximum: maximum / 1000 }, polls, state };
}

/** The data link over a bus in C whose chip takes exactly as long as it is asked to. */
export async function measureWakeUp(): Promise<WakeUps> {
	const program = await compile({
		name: "bench-wake-up",
		sources: ["tools/bench/driver/wake_up.c", ...fixture, ...dataLink],
		includes: ["se050/native", "tools/bench"],
	});
	const first = measure(program, ranges.first);
	return { first, again: measure(program, ranges.again), state: first.state };
}
