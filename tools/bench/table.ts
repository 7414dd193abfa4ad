// SPDX-License-Identifier: MIT
/** A row of the benchmark: what it is, what was measured, what is to be reached, what NXP's stack does. */
export interface Row {
	what: string;
	measured: string;
	target: string;
	published: string;
	how: string;
}

const columns = ["what", "measured", "target", "published", "how"] as const;
const titles: Row = {
	what: "figure",
	measured: "here",
	target: "to reach",
	published: "NXP nano-package",
	how: "made by",
};

/** Cells as text, the columns aligned, a rule below the first row. */
export function alignCells(rows: readonly (readonly string[])[]): string {
	const [titles = []] = rows;
	const widths = titles.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
	const line = (row: readonly string[]) =>
		row
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join("  ")
			.trimEnd();
	const rule = widths.map(width => "-".repeat(width)).join("  ");
	return [line(titles), rule, ...rows.slice(1).map(line)].join("\n");
}

export function formatTable(rows: readonly Row[]): string {
	return alignCells([titles, ...rows].map(row => columns.map(column => row[column])));
}
