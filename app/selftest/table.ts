// SPDX-License-Identifier: MIT
import type { Timing } from "./timing.js";

type Row = readonly [check: string, verdict: string, result: string, time: string];

const headings: Row = Object.freeze(["check", "", "result", "ms: minimum / median / maximum (runs)"]);

function time({ minimum, median, maximum, runs }: Timing): string {
	return `${minimum.toFixed(1)} / ${median.toFixed(1)} / ${maximum.toFixed(1)} (${runs})`;
}

/** A table in Markdown whose columns line up. */
export class Table {
	readonly #rows: Row[] = [];

	add(check: string, verdict: string, result: string, timing?: Timing): void {
		this.#rows.push([check, verdict, result.split("|").join("\\|"), timing ? time(timing) : ""]);
	}

	lines(): string[] {
		const widths = headings.map((heading, column) =>
			Math.max(heading.length, ...this.#rows.map(row => row[column]?.length ?? 0)),
		);
		const line = (row: readonly string[]) =>
			`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
		return [line(headings), `|${widths.map(width => "-".repeat(width + 2)).join("|")}|`, ...this.#rows.map(line)];
	}
}
