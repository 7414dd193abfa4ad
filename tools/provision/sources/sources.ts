// SPDX-License-Identifier: MIT
import { createReadStream, type Stats } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import type { Candidate, Item } from "./candidate.js";
import { isHeader, readCsv } from "./csv.js";
import { type Meter, splitLines } from "./lines.js";
import { readNdjson } from "./ndjson.js";
import { peek } from "./peek.js";
import { type BoardOptions, readBoard } from "./serial.js";
import { isChipFile, readSimulator } from "./simulator.js";
import { readText } from "./text.js";

/** The name that stands for standard input. */
export const standardInput = "-";
/** Files of a folder that are looked at. */
const extensions: ReadonlySet<string> = new Set([".pem", ".crt", ".cer", ".der", ".csv", ".ndjson", ".jsonl"]);
/** Longest DER file: a chip's file of the largest certificate, generously. */
const maximumDerBytes = 65_536;

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

/** Reads a stream in the format that its first bytes tell. */
async function* readStream(name: string, chunks: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<Item> {
	const { head, all } = await peek(chunks);
	const text = Buffer.from(head).toString("utf8");
	if (head[0] === sequence && (head[1] ?? 0) >= 0x80) yield* readDer(name, all, meter);
	else if (isChipFile(text) && name !== standardInput) yield readSimulator(name);
	else if (
		text
			.replace(/^\uFEFF/, "")
			.trimStart()
			.startsWith("{")
	)
		yield* readNdjson(name, splitLines(all, meter));
	else if (extname(name).toLowerCase() === ".csv" || isHeader(text.split("\n", 1)[0] ?? ""))
		yield* readCsv(name, splitLines(all, meter));
	else yield* readText(name, splitLines(all, meter));
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
		else if (extensions.has(extname(entry.name).toLowerCase())) yield path;
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
export async function* readSources(names: readonly string[], options: BoardOptions): AsyncGenerator<Candidate> {
	const meter: Meter = { bytes: 0 };
	const boards = await openBoards(names, options);
	for (const name of names)
		for await (const item of readSource(name, meter, boards.get(name))) yield { ...item, position: meter.bytes };
}

/** Begins to read all boards at once: each takes as long as its start. */
async function openBoards(names: readonly string[], options: BoardOptions): Promise<Map<string, Promise<Item>>> {
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
		if (name === standardInput || status?.isCharacterDevice() || status?.isFIFO()) return undefined;
		if (status?.isDirectory()) for await (const file of filesBelow(name)) total += (await statistics(file))?.size ?? 0;
		else total += status?.size ?? 0;
	}
	return total;
}
