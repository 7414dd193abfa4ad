// SPDX-License-Identifier: MIT
import { build } from "../../build/build.js";
import { measureWire, type Run } from "../driver/cold-start.js";
import { publishedWire } from "../driver/published.js";
import { type BenchFigure, type BenchRow, fixedFigures, type Quantity } from "../row.js";

type Published = (typeof publishedWire)[number];

/** What is counted, here and in NXP's sources. */
const counts: readonly {
	name: string;
	unit: string;
	digits: number;
	ours(run: Run): number;
	theirs(row: Published): number;
}[] = [
	{ name: "APDUs", unit: "", digits: 0, ours: run => run.commands.length, theirs: row => row.commands },
	{ name: "bus time", unit: "ms", digits: 1, ours: run => run.busTime, theirs: row => row.busTime },
	{ name: "writes", unit: "", digits: 0, ours: run => run.wire.writes, theirs: row => row.writes },
	{ name: "reads", unit: "", digits: 0, ours: run => run.wire.reads, theirs: row => row.reads },
	{ name: "bytes out", unit: "", digits: 0, ours: run => run.wire.bytesOut, theirs: row => row.bytesOut },
	{ name: "bytes in", unit: "", digits: 0, ours: run => run.wire.bytesIn, theirs: row => row.bytesIn },
];
/** For the longest certificate, in bytes. */
const goals: Readonly<Record<string, string>> = { APDUs: "<= 6", "bus time": "<= 30 ms" };
const goalLength = 1_000;

function figuresOf(run: Run, length: number): BenchFigure[] {
	return counts.flatMap(({ ours, theirs, name, unit, digits }) => {
		const goal = length === goalLength ? goals[name] : undefined;
		const quantity: Quantity = { name: `${length} B: ${name}`, unit, digits, ...(goal !== undefined && { goal }) };
		const rows = publishedWire.filter(({ certificate }) => certificate === length);
		const peers = rows.map(row => [`${row.stack} (counted in its source)`, theirs(row)] as const);
		return fixedFigures(quantity, { "this driver": ours(run), ...Object.fromEntries(peers) });
	});
}

/** What crosses the bus for certificates of several lengths, against what NXP's stacks send. */
export const certificateRow: BenchRow = {
	name: "certificate",
	what: "on the wire from open to close with one signature, 400 kHz, chip that answers immediately",
	prepare: build,
	async measure({ advance }) {
		const built = await build();
		const lengths = [...new Set(publishedWire.map(({ certificate }) => certificate))].sort((a, b) => b - a);
		const figures: BenchFigure[] = [];
		for (const [index, length] of lengths.entries()) {
			figures.push(...figuresOf(await measureWire(built, length), length));
			advance(index + 1, lengths.length);
		}
		return { figures };
	},
};
