// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { build } from "../../build/build.js";
import { timed } from "../measured-process.js";
import { type BenchRow, compare } from "../row.js";

const repetitions = 4;

/** The first thing that a newcomer runs. */
export const startRow: BenchRow = {
	name: "start",
	what: "npm start -- --devices 1 --messages 1, with the chip and the keys of an earlier run",
	prepare: build,
	async measure(context) {
		// The first run makes the chip and the server's keys, which is not counted.
		const options = (state: string) => ["--devices", "1", "--messages", "1", "--state", join(context.folder, state)];
		const tsx = [process.execPath, "--import", "tsx", "tools/start/main.ts"];
		const figures = await compare(context, {
			quantities: [
				{ name: "CPU", unit: "s", digits: 2 },
				{ name: "wall time", unit: "s", digits: 2, goal: "<= 1.5 s" },
			],
			contenders: [
				timed("npm start", ["npm", "-s", "start", "--", ...options("bundled")]),
				timed("unbundled: tsx tools/start/main.ts", [...tsx, ...options("unbundled")]),
			],
			repetitions,
			warmUps: 1,
		});
		return { figures };
	},
};
