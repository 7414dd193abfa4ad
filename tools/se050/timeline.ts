// SPDX-License-Identifier: MIT
import type { FaultRecord, TraceRecord, TransactionRecord } from "../lib/chip-bus/records.js";
import { type Exchange, exchangesOf } from "./trace-layers.js";

/**
 * A trace as a picture: a row for each request of the host, all rows on one scale of time, each from its own beginning. What
 * was written and read, what the chip did not acknowledge, and where it computed.
 */

const colours = {
	write: "#2e7d32",
	read: "#ef6c00",
	nack: "#9e9e9e",
	computing: "#e3f2fd",
	failed: "#c62828",
	fault: "#c62828",
	grid: "#e0e0e0",
	text: "#212121",
	faint: "#757575",
} as const;

const labelWidth = 330;
const chartWidth = 1000;
const rowHeight = 40;
const barHeight = 18;
const top = 64;
const margin = 16;

/** More rows than somebody reads. */
const rowsMax = 300;
/** A row that is longer than this many times the usual one is cut off, so that the others stay visible. */
const longest = 20;

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const milliseconds = (microseconds: number): string =>
	`${(microseconds / 1000).toFixed(microseconds < 10_000 ? 2 : 1)} ms`;

interface Row {
	exchange: Exchange;
	begin: number;
	end: number;
}

/** An exchange lasts to the end of its last transaction that was acknowledged; sleeps and polls after it are idle time. */
function rowOf(exchange: Exchange): Row {
	const { transactions } = exchange;
	const begin = (transactions.find(({ operation }) => operation === "write") ?? transactions[0])?.time ?? 0;
	const acknowledged = transactions.filter(
		transaction => isTransfer(transaction) && transaction.nackedAfter === undefined,
	);
	return {
		exchange,
		begin: Math.min(begin, transactions[0]?.time ?? begin),
		end: (acknowledged[acknowledged.length - 1] ?? transactions[transactions.length - 1])?.end ?? begin,
	};
}

const isTransfer = ({ operation }: TransactionRecord): boolean => operation === "write" || operation === "read";

/** Time that a row shows: the longest row's, unless that one would leave nothing of the others. */
function shownTime(rows: readonly Row[]): number {
	const durations = rows.map(({ begin, end }) => end - begin).sort((a, b) => a - b);
	const median = durations[Math.floor(durations.length / 2)] ?? 1;
	return Math.max(Math.min(durations[durations.length - 1] ?? 1, longest * Math.max(median, 1)), 1);
}

/** A round step of time that gives five to twelve grid lines. */
function gridStep(total: number): number {
	const steps = [10, 20, 50, 100, 200, 500].flatMap((step, _, all) => all.map((__, power) => step * 10 ** (2 * power)));
	return steps.sort((a, b) => a - b).find(step => total / step <= 12) ?? total;
}

/** A row may have polls after its end. */
function lastMark({ transactions }: Exchange, faults: readonly FaultRecord[], end: number): number {
	const ends = transactions.filter(isTransfer).map(transaction => transaction.end);
	return Math.max(end, ...ends, ...faults.map(({ time }) => time));
}

function summary({ transactions }: Exchange): string {
	const of = (operation: string) =>
		transactions.filter(transaction => transaction.operation === operation && transaction.nackedAfter === undefined);
	const polls = transactions.filter(({ nackedAfter }) => nackedAfter !== undefined).length;
	const bytes = (operation: string) =>
		of(operation).reduce((sum, transaction) => sum + (transaction.bytes?.length ?? 0) / 2, 0);
	const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
	const times = (operation: string) => counted(of(operation).length, operation);
	return `${counted(bytes("write"), "byte")} in ${times("write")}, ${bytes("read")} in ${times("read")}, ${polls} not acknowledged`;
}

/** Draws one trace; positions in pixels. */
class Drawing {
	readonly #scale: number;
	readonly #shown: number;

	constructor(shown: number) {
		this.#shown = shown;
		this.#scale = chartWidth / shown;
	}

	rect(from: number, to: number, y: number, height: number, colour: string, title: string): string {
		const [x, end] = [Math.min(from, this.#shown), Math.min(to, this.#shown)].map(
			time => margin + labelWidth + time * this.#scale,
		) as [number, number];
		return `<rect x="${x.toFixed(2)}" y="${y}" width="${Math.max(end - x, 1).toFixed(2)}" height="${height}" fill="${colour}"><title>${escape(title)}</title></rect>`;
	}

	row({ exchange, begin, end }: Row, y: number, faults: readonly FaultRecord[]): string[] {
		const middle = y + (rowHeight - barHeight) / 2;
		const name =
			exchange.name === ""
				? "(before the first request)"
				: `${exchange.name}${exchange.status === undefined ? "" : ` ${exchange.status}`}`;
		return [
			`<text x="${margin}" y="${y + 17}" fill="${colours.text}" font-size="13">${escape(name)}</text>`,
			`<text x="${margin}" y="${y + 32}" fill="${colours.faint}" font-size="10">${summary(exchange)}</text>`,
			...this.#computing(exchange, begin, middle),
			...exchange.transactions
				.filter(isTransfer)
				.map(transaction => this.#transaction(transaction, exchange, begin, middle)),
			...faults.map(({ time, fault }) =>
				this.rect(time - begin, time - begin, y, rowHeight, colours.fault, `fault: ${JSON.stringify(fault)}`),
			),
			this.#duration(end - begin, lastMark(exchange, faults, end) - begin, y),
		];
	}

	grid(height: number): string[] {
		const step = gridStep(this.#shown);
		return Array.from({ length: Math.floor(this.#shown / step) + 1 }, (_, index) => {
			const x = (margin + labelWidth + index * step * this.#scale).toFixed(2);
			const line = `<line x1="${x}" x2="${x}" y1="${top - 6}" y2="${top + height}" stroke="${colours.grid}"/>`;
			return `${line}<text x="${x}" y="${top - 10}" font-size="10" fill="${colours.faint}" text-anchor="middle">${milliseconds(index * step)}</text>`;
		});
	}

	/** From the last block of a request to the first byte of its answer. */
	#computing({ transactions }: Exchange, begin: number, y: number): string[] {
		const spans: string[] = [];
		let written: number | undefined;
		for (const { operation, end, time, nackedAfter } of transactions) {
			if (nackedAfter !== undefined || operation === "sleep") continue;
			if (operation === "read" && written !== undefined)
				spans.push(
					this.rect(
						written - begin,
						time - begin,
						y,
						barHeight,
						colours.computing,
						`the chip computes: ${milliseconds(time - written)}`,
					),
				);
			written = operation === "write" ? end : undefined;
		}
		return spans;
	}

	#transaction(
		transaction: TransactionRecord & { failed?: boolean },
		{ meanings }: Exchange,
		begin: number,
		y: number,
	): string {
		const { operation, time, end, nackedAfter, bytes = "", failed } = transaction;
		const refused = nackedAfter !== undefined;
		const colour = failed
			? colours.failed
			: refused
				? colours.nack
				: operation === "write"
					? colours.write
					: colours.read;
		const what = refused
			? `${operation}, not acknowledged`
			: `${operation} ${bytes} ${meanings.get(transaction) ?? ""}`.trimEnd();
		const inset = refused ? 5 : 0;
		return this.rect(
			time - begin,
			end - begin,
			y + inset,
			barHeight - 2 * inset,
			colour,
			`${milliseconds(time)}: ${failed ? "the bus failed at " : ""}${what}`,
		);
	}

	/** @param last where the row's last mark ends: the label stands after it */
	#duration(time: number, last: number, y: number): string {
		const isCut = time > this.#shown;
		const x = Math.min(margin + labelWidth + last * this.#scale + 6, margin + labelWidth + chartWidth + 6);
		return `<text x="${x.toFixed(2)}" y="${y + 24}" font-size="11" fill="${colours.text}">${isCut ? "… " : ""}${milliseconds(time)}</text>`;
	}
}

function legend(y: number): string[] {
	const entries = [
		[colours.write, "host writes"],
		[colours.read, "host reads"],
		[colours.nack, "not acknowledged"],
		[colours.computing, "the chip computes"],
		[colours.fault, "fault"],
	] as const;
	return entries.map(([colour, text], index) => {
		const x = margin + labelWidth + index * 150;
		return `<rect x="${x}" y="${y}" width="14" height="12" fill="${colour}"/><text x="${x + 20}" y="${y + 10}" font-size="11" fill="${colours.text}">${text}</text>`;
	});
}

/** An SVG document; a viewer shows time, bytes and meaning of each mark under the pointer. */
export function timeline(records: readonly TraceRecord[]): string {
	const all = exchangesOf(records).map(rowOf);
	const rows = all.slice(0, rowsMax);
	const faults = records.flatMap(record => (record.layer === "fault" ? [record] : []));
	const drawing = new Drawing(shownTime(rows));
	const height = rows.length * rowHeight;
	const total = rows.reduce((sum, { begin, end }) => sum + end - begin, 0);
	const left = all.length > rows.length ? `, the first ${rows.length} of ${all.length}` : "";
	const title = `${rows.length} ${rows.length === 1 ? "exchange" : "exchanges"}, ${milliseconds(total)} together${left}; each row from its own beginning`;
	const size = `width="${2 * margin + labelWidth + chartWidth + 70}" height="${top + height + 40}"`;
	const isOf = ({ time }: FaultRecord, index: number) =>
		time >= rows[index]!.begin && time < (rows[index + 1]?.begin ?? Infinity);
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>`,
		`<text x="${margin}" y="26" font-size="15" fill="${colours.text}">${title}</text>`,
		...rows
			.filter((_, index) => index % 2 === 0)
			.map(
				(_, index) =>
					`<rect x="0" y="${top + 2 * index * rowHeight}" width="100%" height="${rowHeight}" fill="#fafafa"/>`,
			),
		...drawing.grid(height),
		...rows.flatMap((row, index) =>
			drawing.row(
				row,
				top + index * rowHeight,
				faults.filter(fault => isOf(fault, index)),
			),
		),
		...legend(top + height + 14),
		"</svg>\n",
	].join("\n");
}
