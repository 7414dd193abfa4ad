// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { build } from "../../build/build.js";
import { startSimulator } from "../../se050-sim/simulator.js";
import { timed } from "../measured-process.js";
import { type BenchRow, compare } from "../row.js";

const repetitions = 5;

/** A short command as a person runs it, and what of its time is npm's and Node's. */
export const infoRow: BenchRow = {
	name: "info",
	what: "npm run -s se050 -- info, with a simulated chip",
	prepare: build,
	async measure(context) {
		const { folder, closing } = context;
		const chip = await startSimulator({
			stateFile: join(folder, "chip.json"),
			listen: { path: join(folder, "chip.sock") },
			clock: "real",
		});
		closing(() => chip.close());
		const args = ["info", "--bus", chip.address];
		const node = process.execPath;
		const figures = await compare(context, {
			quantities: [
				{ name: "CPU", unit: "s", digits: 2, goal: "<= 0.45 s" },
				{ name: "wall time", unit: "s", digits: 2, goal: "<= 0.45 s" },
			],
			contenders: [
				timed("npm run -s se050 -- info", ["npm", "run", "-s", "se050", "--", ...args]),
				timed("node tools/run.mjs se050 info", [node, "tools/run.mjs", "se050", ...args]),
				timed("unbundled: tsx tools/se050/main.ts info", [node, "--import", "tsx", "tools/se050/main.ts", ...args]),
				timed("npm that runs nothing", ["npm", "run", "-s", "--if-present", "no-such-script"]),
				timed("node -e 0", [node, "-e", "0"]),
			],
			repetitions,
			warmUps: 1,
		});
		return { figures };
	},
};
