// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../lib/root.js";

const place = /(?:file:\/\/)?(\/[^\s():]+\/build\/bundles\/[^\s():]+\.js):(\d+):(\d+)/g;

function readMap(file: string): SourceMap | undefined {
	return existsSync(`${file}.map`) ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8"))) : undefined;
}

/** Replaces places in bundles by those in their sources: "tests/unit/a.test.ts:12:3". What has no source map stays. */
export function withSourceLines(text: string): string {
	const maps = new Map<string, SourceMap | undefined>();
	return text.replace(place, (whole, path: string, line: string, column: string) => {
		const file = whole.startsWith("file:") ? fileURLToPath(`file://${path}`) : path;
		if (!maps.has(file)) maps.set(file, readMap(file));
		const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
		if (!entry || !("originalSource" in entry)) return whole;
		const source = relative(root, resolve(dirname(file), entry.originalSource));
		return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
	});
}
