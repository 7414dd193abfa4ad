// SPDX-License-Identifier: MIT
import { parse } from "csv-parse/sync";
import type { Item, SourceOrigin } from "./candidate.js";
import { lineLimit, type SourceLine, tooLongProblem } from "./lines.js";

/** Columns of a ledger, as its first line names them; in any order, and in either case. */
const columns = { uid: "uid", certificate: "certificatepem" } as const;
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
const pemLine = /^\s*([A-Za-z0-9+/=]*|-----END CERTIFICATE-----.*|"\s*([,;\t].*)?)\s*$/;

const oddQuotes = (text: string) => (text.match(/"/g)?.length ?? 0) % 2 === 1;

const openQuote = "a quoted field does not end, or has lines in it that are no PEM";

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

/** True when a first line names the columns of a ledger. */
export function isHeader(text: string): boolean {
	return readHeader(text) !== undefined;
}

function readHeader(text: string): Header | undefined {
	const delimiter = separators.find(separator => text.includes(separator)) ?? ",";
	const names = text
		.replace(/^\uFEFF/, "")
		.split(delimiter)
		.map(name =>
			name
				.trim()
				.replace(/^"(.*)"$/, "$1")
				.toLowerCase(),
		);
	return names.includes(columns.certificate) ? { names, delimiter } : undefined;
}

function readRecord({ origin, text, problem }: CsvRecord, { names, delimiter }: Header): Item {
	if (problem) return { origin, problem };
	try {
		const [values = {}] = parse<Record<string, string>>(text, { columns: names, delimiter, trim: true });
		const uid = values[columns.uid] || undefined;
		const certificate = values[columns.certificate];
		return certificate ? { origin, uid, certificate } : { origin, uid, problem: "the column certificatePem is empty" };
	} catch (error) {
		return { origin, problem: `the line is not CSV with the columns of the first line: ${(error as Error).message}` };
	}
}

/** A ledger in CSV (RFC 4180). The first line names the columns; `certificatePem` must be one, `uid` should be. */
export async function* readCsv(name: string, lines: AsyncIterable<SourceLine>): AsyncGenerator<Item> {
	let header: Header | undefined;
	for await (const record of records(name, lines)) {
		if (header) yield readRecord(record, header);
		else header = readHeader(record.text);
		if (!header) {
			yield {
				origin: record.origin,
				problem:
					"the first line of a CSV ledger names its columns, and certificatePem must be one of them: uid,certificatePem",
			};
			return;
		}
	}
}
