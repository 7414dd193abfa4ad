// SPDX-License-Identifier: MIT
import { measureCounts, measureSecureChannel, measureTransport } from "../driver/footprint.js";
import { nanoPackage, targets } from "../driver/published.js";
import { measureWakeUp } from "../driver/wake-up.js";
import { type BenchRow, fixedFigures } from "../row.js";

const bytes = { unit: "B", digits: 0 };
const ours = "this driver";
const nano = "nano-package (its transport and APDU layer)";

/** Code and memory of the driver's C. */
export const footprintRow: BenchRow = {
	name: "footprint",
	what: "the driver's C, gcc -Os for this machine, size(1)",
	async measure() {
		const { text, staticMemory } = measureTransport();
		const goal = (most: number) => `<= ${most} B`;
		const figures = [
			fixedFigures(
				{ name: "text, data link and binding", ...bytes, goal: goal(targets.text) },
				{ [ours]: text, [nano]: nanoPackage.text },
			),
			fixedFigures(
				{ name: "static RAM, data link and binding", ...bytes, goal: goal(targets.staticMemory) },
				{ [ours]: staticMemory, [nano]: nanoPackage.staticMemory },
			),
			fixedFigures(
				{ name: "heap, one open data link", ...bytes, goal: goal(targets.staticMemory) },
				{ [ours]: (await measureWakeUp()).state },
			),
			fixedFigures({ name: "text, counts of the bus", ...bytes }, { [ours]: measureCounts().text }),
			fixedFigures({ name: "text, SCP03 without Mbed TLS", ...bytes }, { [ours]: measureSecureChannel().text }),
		].flat();
		return { figures, notes: ["Text includes unwind tables."] };
	},
};
