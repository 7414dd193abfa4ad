// SPDX-License-Identifier: MIT
import type { BenchRow } from "../row.js";

/** The tests are no part of a bench of minutes. */
export const testSuiteRow: BenchRow = {
	name: "tests",
	what: "CPU time of npm test, goal <= 9 min",
	measure: async () => ({
		figures: [],
		notes: ["Not run here: npm test prints its CPU time itself, on the line before its last one."],
	}),
};
