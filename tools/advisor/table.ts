// SPDX-License-Identifier: MIT
import type { AdvisorRow } from "./run.js";
import { type TestVerdict, verdicts } from "./verdict.js";

const widths = { verdict: Math.max(...verdicts.map(verdict => verdict.length)) };

/** The rows as a table: id, Q for a required one, verdict, seconds, evidence. */
export function table(rows: readonly AdvisorRow[]): string {
	const id = Math.max(...rows.map(({ testCase }) => testCase.id.length));
	const line = (cells: readonly [string, string, string, string, string]) =>
		`${cells[0].padEnd(id)}  ${cells[1]}  ${cells[2].padEnd(widths.verdict)}  ${cells[3].padStart(5)}  ${cells[4]}`;
	return [
		line(["Test case", "Q", "Result", "s", "Evidence"]),
		...rows.map(({ testCase, verdict, seconds, evidence }) =>
			line([testCase.id, testCase.required ? "Q" : " ", verdict, seconds.toFixed(1), evidence]),
		),
	].join("\n");
}

/** How many rows have each verdict that occurs. */
export function counts(rows: readonly AdvisorRow[]): Partial<Record<TestVerdict, number>> {
	const all = verdicts.map(verdict => [verdict, rows.filter(row => row.verdict === verdict).length] as const);
	return Object.fromEntries(all.filter(([, count]) => count > 0));
}

/** The counts as text: `3 PASS, 1 FAIL`. */
export function summary(rows: readonly AdvisorRow[]): string {
	return Object.entries(counts(rows))
		.map(([verdict, count]) => `${count} ${verdict}`)
		.join(", ");
}

/** Whether the device qualifies: every required row without a warning, and no other row failed. */
export function qualifies(rows: readonly AdvisorRow[]): boolean {
	return rows.every(({ testCase, verdict }) =>
		testCase.required ? verdict === "PASS" : verdict !== "FAIL" && verdict !== "ERROR",
	);
}
