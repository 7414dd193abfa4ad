/** A row of the benchmark: what it is, what was measured, what is to be reached, what NXP's stack does. */
export interface Row { what: string; measured: string; target: string; published: string; how: string }

const columns = ["what", "measured", "target", "published", "how"] as const;
const titles: Row = { what: "figure", measured: "here", target: "to reach", published: "NXP nano-package", how: "made by" };

/** Rows as text, the columns aligned. */
export function formatTable(rows: readonly Row[]): string {
	const all = [titles, ...rows];
	const widths = columns.map(column => Math.max(...all.map(row => row[column].length)));
	const line = (row: Row) => columns.map((column, index) => row[column].padEnd(widths[index] ?? 0)).join("  ").trimEnd();
	const rule = widths.map(width => "-".repeat(width)).join("  ");
	return [line(titles), rule, ...rows.map(line)].join("\n");
}
