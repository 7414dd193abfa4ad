// SPDX-License-Identifier: MIT
import { build } from "../../build/build.js";
import { measureColdStart } from "../driver/cold-start.js";
import { certificateLength, nanoPackage, targets } from "../driver/published.js";
import { type BenchRow, fixedFigures } from "../row.js";

const driver = "this driver";
const nano = "nano-package (counted in its source)";
const busTime = { unit: "ms", digits: 2 };
const count = { unit: "", digits: 0 };

/** From reset to the first signature, and a reconnect, in the simulator's virtual time. */
export const driverRow: BenchRow = {
	name: "driver",
	what: `SE050 driver: reset, SELECT, UID, certificate of ${certificateLength} B, ECDSASign at 400 kHz`,
	prepare: build,
	async measure() {
		const built = await build();
		const { cold, reconnect } = await measureColdStart(built, "instant");
		const typical = await measureColdStart(built, "typical");
		const published = Object.values(nanoPackage.busTime).reduce((sum, part) => sum + part, 0);
		const goal = (most: number, unit = " ms") => `<= ${most}${unit}`;
		const figures = [
			fixedFigures(
				{ name: "bus time, cold start to signature", ...busTime, goal: goal(targets.busTime) },
				{
					[driver]: cold.busTime,
					"this driver, typical latencies, polls included": typical.cold.busTime,
					[nano]: published,
				},
			),
			fixedFigures(
				{ name: "host sleeps in that time", ...busTime, goal: goal(targets.sleeps) },
				{ [driver]: cold.sleeps, [nano]: nanoPackage.sleeps },
			),
			fixedFigures(
				{ name: "APDUs of a cold start", ...count, goal: goal(targets.coldCommands, "") },
				{ [driver]: cold.commands.length, "SSS API (counted in its source)": nanoPackage.commands },
			),
			fixedFigures(
				{ name: "APDUs of a reconnect", ...count, goal: goal(targets.reconnectCommands, "") },
				{ [driver]: reconnect.commands.length },
			),
			fixedFigures(
				{ name: "bus time of a reconnect", ...busTime },
				{ [driver]: reconnect.busTime, [nano]: nanoPackage.busTime.sign },
			),
			fixedFigures({ name: "I2C transactions", ...count }, { [driver]: cold.transactions }),
			fixedFigures({ name: "of them not acknowledged", ...count }, { [driver]: cold.nacks }),
		].flat();
		return {
			figures,
			notes: [
				"Bus time is 9 clocks for each byte, address bytes and NACKs included, with a chip that answers immediately. A signature has 70 to 72 bytes by chance.",
				`APDUs: ${cold.commands.join(", ")}.`,
			],
		};
	},
};
