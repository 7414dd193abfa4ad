// SPDX-License-Identifier: MIT
import type { BenchFigure, RowResult } from "./row.js";
import { summarize } from "./statistics.js";

const titles = ["figure", "of", "median", "least", "most", "ratio", "goal"] as const;
/** Columns of text; the others have numbers and are aligned to the right. */
const textColumns: readonly number[] = [0, 1, 6];

/** Cells as text, the columns aligned, a rule below the first row. */
function alignCells(rows: readonly (readonly string[])[]): string {
	const [first = []] = rows;
	const widths = first.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
	const pad = (cell: string, column: number) =>
		textColumns.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
	const line = (row: readonly string[]) => row.map(pad).join("  ").trimEnd();
	const rule = widths.map(width => "-".repeat(width)).join("  ");
	return [line(first), rule, ...rows.slice(1).map(line)].join("\n");
}

/** This project's median over a peer's: below 1 this project needs less. */
function ratio(ours: BenchFigure | undefined, { samples }: BenchFigure): string {
	if (ours === undefined || ours.samples.length === 0) return "";
	const peer = summarize(samples).median;
	if (peer === 0) return "";
	const value = summarize(ours.samples).median / peer;
	return value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

/** @param ours the figure that the peers are compared with; undefined when this figure is that one */
function cells(figure: BenchFigure, ours: BenchFigure | undefined): string[] {
	const { quantity, contender, samples, missing } = figure;
	const name = ours === undefined ? quantity.name : "";
	const goal = ours === undefined ? (quantity.goal ?? "") : "";
	if (samples.length === 0) return [name, contender, missing === undefined ? "" : "missing", "", "", "", goal];
	const { median, least, most } = summarize(samples);
	const text = (value: number) => value.toFixed(quantity.digits);
	const range = samples.length === 1 ? ["", ""] : [text(least), text(most)];
	return [name, contender, `${text(median)} ${quantity.unit}`.trimEnd(), ...range, ratio(ours, figure), goal];
}

function missingSentences(figures: readonly BenchFigure[]): string[] {
	return [
		...new Set(figures.flatMap(({ contender, missing }) => (missing === undefined ? [] : `${contender}: ${missing}`))),
	];
}

/** A row's table, and the sentences that belong to it. */
export function formatResult({ figures, notes = [] }: RowResult): string {
	const shown = figures.filter(({ samples, missing }) => samples.length > 0 || missing !== undefined);
	const rows = shown.map(figure => {
		const ours = shown.find(({ quantity }) => quantity === figure.quantity);
		return cells(figure, ours === figure ? undefined : ours);
	});
	const table = rows.length === 0 ? [] : [alignCells([titles, ...rows])];
	return [...table, ...missingSentences(shown), ...notes].join("\n");
}
