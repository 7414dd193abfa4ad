// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/root.js";

/** The corpus of a target in the repository: one input a line, in base64, the shortest first. */
function corpusFile(target: string): string {
	return join(root, "tools", "fuzz", "corpus", `${target}.txt`);
}

/** The inputs that the repository keeps for a target. */
export function readCorpus(target: string): Buffer[] {
	return readFileSync(corpusFile(target), "utf8")
		.trim()
		.split("\n")
		.map(line => Buffer.from(line, "base64"));
}

/** Adds inputs to the corpus of a target; those that it has already are kept once. */
export function addToCorpus(target: string, inputs: readonly Uint8Array[]): void {
	const lines = new Set([...readCorpus(target), ...inputs].map(input => Buffer.from(input).toString("base64")));
	const sorted = [...lines].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
	writeFileSync(corpusFile(target), `${sorted.join("\n")}\n`);
}

/** Writes the corpus of a target into a folder, a file for each input, as libFuzzer takes it. @returns the files */
export function unpackCorpus(target: string, folder: string): string[] {
	mkdirSync(folder, { recursive: true });
	return readCorpus(target).map(input => {
		const file = join(folder, createHash("sha1").update(input).digest("hex"));
		writeFileSync(file, input);
		return file;
	});
}
