// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { build } from "../../build/build.js";
import { runMeasured } from "../measured-process.js";
import { type BenchRow, type Contender, compare } from "../row.js";

const repetitions = 4;

/** The first run makes the chip and the server's keys, which is not counted. */
function contender(name: string, state: string, command: readonly string[]): Contender {
	return {
		name,
		async measure() {
			const { cpu, wall } = await runMeasured([...command, "--devices", "1", "--messages", "1", "--state", state]);
			return [cpu, wall];
		},
	};
}

/** The first thing that a newcomer runs. */
export const startRow: BenchRow = {
	name: "start",
	what: "npm start -- --devices 1 --messages 1, with the chip and the keys of an earlier run",
	prepare: build,
	async measure(context) {
		const state = join(context.folder, "bundled"),
			otherState = join(context.folder, "unbundled");
		const tsx = [process.execPath, "--import", "tsx", "tools/start/main.ts"];
		const figures = await compare(context, {
			quantities: [
				{ name: "CPU", unit: "s", digits: 2 },
				{ name: "wall time", unit: "s", digits: 2, goal: "<= 1.5 s" },
			],
			contenders: [
				contender("npm start", state, ["npm", "-s", "start", "--"]),
				contender("unbundled: tsx tools/start/main.ts", otherState, tsx),
			],
			repetitions,
			warmUps: 1,
		});
		return { figures };
	},
};
