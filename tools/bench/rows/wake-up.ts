// SPDX-License-Identifier: MIT
import { build } from "../../build/build.js";
import { measureColdStart } from "../driver/cold-start.js";
import { nanoPackage, targets } from "../driver/published.js";
import { measureWakeUp, type WakeUp } from "../driver/wake-up.js";
import { type BenchFigure, type BenchRow, fixedFigures } from "../row.js";

const nano = "nano-package (counted in its source)";
const milliseconds = { unit: "ms", digits: 2 };

/** Least, median and most over a range of computing times, in the table's columns. */
function rangeFigures(what: string, { delay, polls }: WakeUp): BenchFigure[] {
	const { minimum, median, maximum } = delay;
	const goal = `<= ${targets.wakeUpDelay} ms at most`;
	return [
		{
			quantity: { name: what, ...milliseconds, goal },
			contender: "data link in C",
			samples: [minimum, median, maximum],
		},
		...fixedFigures(
			{ name: "polls, at most", unit: "", digits: 0, goal: `<= ${targets.polls}` },
			{ "data link in C": polls },
		),
	];
}

/** From the chip's signature to the host's read of it. */
export const wakeUpRow: BenchRow = {
	name: "wake-up",
	what: "signature done until the host has it",
	prepare: build,
	async measure() {
		const { first, again } = await measureWakeUp();
		const { cold } = await measureColdStart(await build(), "typical");
		return {
			figures: [
				...fixedFigures(
					{ name: "signature of 48 ms", ...milliseconds, goal: `<= ${targets.wakeUpDelay} ms` },
					{ "driver on XS": cold.wakeUpDelay, [nano]: nanoPackage.wakeUpDelay },
				),
				...rangeFigures("first signature, 40 to 56 ms", first),
				...rangeFigures("command that took as long before, 20 to 100 ms", again),
			],
			notes: ["The data link ran over a bus in C, with a computing time every 37 us of the range, in virtual time."],
		};
	},
};
