// SPDX-License-Identifier: MIT
import { parse } from "csv-parse/sync";
import type { Item, SourceOrigin } from "./candidate.js";
import { type Column, cellText, columnOf } from "./columns.js";
import { lineLimit, type SourceLine, tooLongProblem } from "./lines.js";

/** Separators that spreadsheets write. */
const separators = [",", ";", "\t"] as const;

interface Header {
	names: string[];
	delimiter: string;
}

/** One record as text: lines that belong together because a quoted field has line ends in it. */
interface CsvRecord {
	origin: SourceOrigin;
	text: string;
	problem?: string;
}

/** A line inside of a quoted field that holds PEM: base64, the last line, or the closing quote alone and further columns. */
const pemLine = /^\s*([A-Za-z0-9+/=]*|-----BEGIN CERTIFICATE-----|-----END CERTIFICATE-----.*|"\s*([,;\t].*)?)\s*$/;

const oddQuotes = (text: string) => (text.match(/"/g)?.length ?? 0) % 2 === 1;

const openQuote = "a quoted field does not end, or has lines in it that are not PEM";

/**
 * Puts lines together to records. A quoted field may hold PEM and nothing else with line ends, so that a quote too
 * much spoils one record and not the rest of the ledger.
 */
async function* records(name: string, lines: AsyncIterable<SourceLine>): AsyncGenerator<CsvRecord> {
	let open: { origin: SourceOrigin; text: string } | undefined;
	for await (const { number, text, tooLong } of lines) {
		const origin = { name, line: number };
		const continues =
			open !== undefined && !tooLong && pemLine.test(text) && open.text.length + text.length < lineLimit;
		if (open && !continues) {
			yield { ...open, problem: openQuote };
			open = undefined;
		}
		const record: CsvRecord = open ? { origin: open.origin, text: `${open.text}\n${text}` } : { origin, text };
		open = undefined;
		if (tooLong) yield { ...record, problem: tooLongProblem };
		else if (oddQuotes(record.text)) open = record;
		else if (record.text.trim() !== "") yield record;
	}
	if (open) yield { ...open, problem: openQuote };
}

/** Excel's own first line, which names the separator. */
const separatorLine = /^\uFEFF?"?sep=(.)"?\s*$/i;

/** True when a first line is that of a ledger: it names the columns, or the separator. */
export function isHeader(text: string): boolean {
	return separatorLine.test(text) || columnsOf(readHeader(text)).certificate >= 0;
}

function readHeader(text: string, separator?: string): Header {
	const delimiter = separator ?? separators.find(candidate => text.includes(candidate)) ?? ",";
	const names = text
		.replace(/^\uFEFF/, "")
		.split(delimiter)
		.map(name => name.trim().replace(/^"(.*)"$/, "$1"));
	return { names, delimiter };
}

/** Where a header has the columns of a ledger; -1 where it does not have one. */
function columnsOf({ names }: Header): Record<Column, number> {
	const columns = names.map(columnOf);
	return { uid: columns.indexOf("uid"), certificate: columns.indexOf("certificate") };
}

function readRecord({ origin, text, problem }: CsvRecord, header: Header): Item {
	if (problem) return { origin, problem };
	const { uid: uidColumn, certificate: certificateColumn } = columnsOf(header);
	let values: string[];
	try {
		[values = []] = parse(text, { delimiter: header.delimiter, trim: true, relax_quotes: true });
	} catch (error) {
		const reason = (error as Error).message.replace(/ (?:at|on) line \d+/g, "");
		return { origin, problem: `the line is not CSV: ${reason}` };
	}
	const uid = cellText(values[uidColumn] ?? "") || undefined;
	const certificate = cellText(values[certificateColumn] ?? "");
	if (values.length > header.names.length)
		return {
			origin,
			uid,
			problem: `the line has ${values.length} fields, the first line ${header.names.length} columns: a field with the separator in it needs quotes`,
		};
	const name = header.names[certificateColumn];
	return certificate ? { origin, uid, certificate } : { origin, uid, problem: `the column ${name} is empty` };
}

/** A ledger in CSV (RFC 4180). The first line names the columns; `certificatePem` must be one, `uid` should be. */
export async function* readCsv(name: string, lines: AsyncIterable<SourceLine>): AsyncGenerator<Item> {
	let separator: string | undefined;
	let header: Header | undefined;
	for await (const record of records(name, lines)) {
		if (header) {
			yield readRecord(record, header);
			continue;
		}
		const named = separatorLine.exec(record.text)?.[1];
		if (named !== undefined && separator === undefined) {
			separator = named;
			continue;
		}
		header = readHeader(record.text, separator);
		if (columnsOf(header).certificate >= 0) continue;
		yield {
			origin: record.origin,
			problem: `the first line of a CSV ledger names its columns, and certificatePem must be one of them (uid,certificatePem); it has ${header.names.slice(0, 8).join(", ")}`,
		};
		return;
	}
}
