// SPDX-License-Identifier: MIT
import { createReadStream, type Stats } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import type { Candidate, Item } from "./candidate.js";
import { isHeader, readCsv } from "./csv.js";
import { decode } from "./decode.js";
import { isJson, isJsonDocument, readJsonDocument, readNdjson } from "./json.js";
import { type Meter, splitLines } from "./lines.js";
import { readBoard, type SerialSourceOptions } from "./serial.js";
import { isChipFile, readSimulator } from "./simulator.js";
import { readPemText } from "./text.js";

/** The name that stands for standard input. */
export const standardInput = "-";
/** Files of a folder that are looked at. */
const extensions: ReadonlySet<string> = new Set([
	".pem",
	".crt",
	".cer",
	".der",
	".p7b",
	".p7c",
	".csv",
	".ndjson",
	".jsonl",
]);
/** Longest DER file: a chip's file of the largest certificate, generously. */
const maximumDerBytes = 65_536;
/** Only base64, line ends among it: DER or PKCS#7 without PEM's first and last line. */
const base64Only = /^\s*MI[A-Za-z0-9+/=\s]{60,}$/;

const sequence = 0x30;

const problem = (name: string, text: string): Item => ({ origin: { name }, problem: text });

async function* readDer(name: string, chunks: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<Item> {
	const parts: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of chunks) {
		length += chunk.length;
		if (length > maximumDerBytes) {
			yield problem(name, `the file has more than ${maximumDerBytes} bytes, too many for one certificate in DER`);
			return;
		}
		parts.push(chunk);
	}
	meter.bytes += length;
	yield { origin: { name }, certificate: Buffer.concat(parts) };
}

/** A file of base64 alone. */
async function* readBase64(name: string, chunks: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<Item> {
	for await (const item of readDer(name, chunks, meter))
		yield "certificate" in item ? { ...item, certificate: Buffer.from(item.certificate).toString("latin1") } : item;
}

/** The end of a file's name in lower case, without that of gzip. */
function plainExtension(name: string): string {
	return extname(name.replace(/\.gz$/i, "")).toLowerCase();
}

/** Why a file of another program is not a source; undefined for anything else. */
function foreignFormat(head: Uint8Array): string | undefined {
	const magic = Buffer.from(head.subarray(0, 4)).toString("hex");
	if (magic === "504b0304") return "it is a ZIP file or an Excel workbook: unpack it, or save the sheet as CSV";
	if (magic === "d0cf11e0") return "it is an old Excel workbook: save the sheet as CSV";
	return magic === "00051607" ? "it is a file in which macOS keeps attributes of another file (._…)" : undefined;
}

/** Reads a stream in the format that its first bytes show. */
async function* readStream(name: string, chunks: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<Item> {
	const { head, all } = await decode(chunks);
	const foreign = foreignFormat(head);
	if (foreign) {
		yield problem(name, foreign);
		return;
	}
	const text = Buffer.from(head)
		.toString("utf8")
		.replace(/^\uFEFF/, "");
	if (head[0] === sequence && (head[1] ?? 0) >= 0x80) yield* readDer(name, all, meter);
	else if (isChipFile(text) && name !== standardInput) yield readSimulator(name);
	else if (isJsonDocument(text))
		yield* readJsonDocument(name, all, bytes => {
			meter.bytes += bytes;
		});
	else if (isJson(text)) yield* readNdjson(name, splitLines(all, meter));
	else if (base64Only.test(text)) yield* readBase64(name, all, meter);
	else if (plainExtension(name) === ".csv" || isHeader(text.split(/[\r\n]/, 1)[0] ?? ""))
		yield* readCsv(name, splitLines(all, meter));
	else yield* readPemText(name, splitLines(all, meter));
}

/** Reads a file; one that holds nothing at all is a problem, and so is one that breaks off. */
async function* readFile(name: string, stream: Readable, meter: Meter): AsyncGenerator<Item> {
	let empty = true;
	try {
		for await (const item of readStream(name, stream, meter)) {
			empty = false;
			yield item;
		}
	} catch (error) {
		yield problem(name, `reading failed: ${(error as Error).message}`);
		return;
	} finally {
		stream.destroy();
	}
	if (empty)
		yield problem(
			name,
			"there is no certificate in it: a source is PEM, DER, a ledger in CSV (uid,certificatePem) or NDJSON, a serial log, a simulated chip's file, or a folder of such files",
		);
}

/** The files below a folder that may hold certificates. Links to folders are not followed: they may go round. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
	for await (const entry of await opendir(folder)) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) yield* filesBelow(path);
		else if (extensions.has(plainExtension(entry.name)) && !entry.name.startsWith("._")) yield path;
	}
}

async function* readFolder(name: string, meter: Meter): AsyncGenerator<Item> {
	let empty = true;
	try {
		for await (const file of filesBelow(name)) {
			empty = false;
			yield* readFile(file, createReadStream(file), meter);
		}
	} catch (error) {
		yield problem(name, `reading the folder failed: ${(error as Error).message}`);
		return;
	}
	if (empty) yield problem(name, `the folder has no file whose name ends in ${[...extensions].join(", ")}`);
}

async function statistics(name: string): Promise<Stats | undefined> {
	try {
		return await stat(name);
	} catch {
		return undefined;
	}
}

async function* readSource(name: string, meter: Meter, board: Promise<Item> | undefined): AsyncGenerator<Item> {
	if (board) {
		yield await board;
		return;
	}
	if (name === standardInput) {
		yield* readFile(name, process.stdin, meter);
		return;
	}
	const status = await statistics(name);
	if (!status) yield problem(name, "there is no such file, folder or port");
	else if (status.isDirectory()) yield* readFolder(name, meter);
	else if (status.isSocket())
		yield problem(name, "that is a simulator's socket: give its state file (npm run se050-sim -- --state FILE)");
	else yield* readFile(name, createReadStream(name), meter);
}

/**
 * Everything that sources hold, in their order. Nothing that a source holds is an error: what cannot be read comes
 * with its place and the reason. Memory does not grow with the sources.
 */
export async function* readSources(names: readonly string[], options: SerialSourceOptions): AsyncGenerator<Candidate> {
	const meter: Meter = { bytes: 0 };
	const boards = await openBoards(names, options);
	for (const name of names)
		for await (const item of readSource(name, meter, boards.get(name))) yield { ...item, position: meter.bytes };
}

/** Begins to read all boards together: each takes as long as its start. */
async function openBoards(names: readonly string[], options: SerialSourceOptions): Promise<Map<string, Promise<Item>>> {
	const boards = new Map<string, Promise<Item>>();
	for (const name of names)
		if (name !== standardInput && (await statistics(name))?.isCharacterDevice())
			boards.set(name, readBoard(name, options));
	return boards;
}

/** The names of sources that do not exist. */
export async function missingSources(names: readonly string[]): Promise<string[]> {
	const missing: string[] = [];
	for (const name of names) if (name !== standardInput && !(await statistics(name))) missing.push(name);
	return missing;
}

/** How much there is to read, in bytes; undefined when that is not known before it is read. */
export async function totalBytes(names: readonly string[]): Promise<number | undefined> {
	let total = 0;
	for (const name of names) {
		const status = await statistics(name);
		const isUnknown = name === standardInput || status?.isCharacterDevice() || status?.isFIFO() || /\.gz$/i.test(name);
		if (isUnknown) return undefined;
		if (status?.isDirectory()) for await (const file of filesBelow(name)) total += (await statistics(file))?.size ?? 0;
		else total += status?.size ?? 0;
	}
	return total;
}
