// SPDX-License-Identifier: MIT
/** The board's heap (xs --heap), in the 64-bit build: the same but for the slots' size. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BuildVariant } from "../../../tools/build/build.js";
import { formatPeaks, type HeapPeaks } from "../../../tools/heap/measure.js";
import { program } from "./program.js";

const creation = {
	chunk: { initial: 4096, incremental: 1024 },
	heap: { initial: 512, incremental: 64 },
	stack: 512,
	keys: { initial: 64, incremental: 32, name: 53, symbol: 3 },
	parser: { buffer: 1024, table: 17 },
};

interface Run {
	status: number | null;
	stdout: string;
	stderr: string;
	peaks: HeapPeaks | undefined;
}

/** Runs "app/main" with the given modules preloaded, in a machine of `creation`. */
async function run(
	sources: Record<string, string>,
	preload: string[],
	{ variant = "release", timeout = 10_000 }: { variant?: BuildVariant; timeout?: number } = {},
): Promise<Run> {
	const { executable, modules, folder, remove } = await program(sources, variant);
	const listed = JSON.parse(readFileSync(modules, "utf8")) as object;
	writeFileSync(modules, JSON.stringify({ ...listed, preload, creation }));
	const result = join(folder, "peaks.json");
	const { status, stdout, stderr } = spawnSync(executable, ["--heap", result, modules, "app/main"], {
		encoding: "utf8",
		timeout,
	});
	const peaks = existsSync(result) ? (JSON.parse(readFileSync(result, "utf8")) as HeapPeaks) : undefined;
	remove();
	return { status, stdout, stderr, peaks };
}

const table = `export const names = ${JSON.stringify(Array.from({ length: 200 }, (_, i) => `name ${i}`))};
export class Counter { #count = 0; next() { return ++this.#count; } }
export const large = 2n ** 70n;`;
const user = `import { names, Counter, large } from "./table.js";
export default function main() {
	const counter = new Counter();
	let text = "";
	for (const name of names) { counter.next(); text = name + large; }
	trace(counter.next(), " ", text, "\\n");
}`;

test("preloaded modules take no heap", async () => {
	const sources = { "app/main": user, "app/table": table };
	const preloaded = await run(sources, ["app/table", "app/main"]),
		loaded = await run(sources, []);
	assert.is(preloaded.stdout, `201 name 199${2n ** 70n}\n`, preloaded.stderr);
	assert.is(loaded.stdout, preloaded.stdout);
	const { slots = Infinity, slot = 0 } = preloaded.peaks ?? {};
	assert.ok(slots < 200 * slot, `${slots} bytes of slots`);
	assert.ok((loaded.peaks?.slots ?? 0) > slots);
});

test("the figures repeat to the byte", async () => {
	const sources = { "app/main": user, "app/table": table };
	assert.equal((await run(sources, ["app/table"])).peaks, (await run(sources, ["app/table"])).peaks);
});

test("collections in the clone leave what is shared alone", async () => {
	const { status, stdout, stderr, peaks } = await run(
		{
			"app/table": table,
			"app/main": `import { names, Counter } from "./table.js"; import Timer from "timer";
			let rounds = 0; const kept = [];
			Timer.repeat(timer => { kept.push({ name: names[rounds] + "!", counter: new Counter() }); "x".repeat(3000);
				if (++rounds < 100) return; Timer.clear(timer); trace(kept.map(({ name, counter }) => name + counter.next()).join()); }, 1);`,
		},
		["app/table", "timer"],
	);
	assert.is(status, 0, stderr);
	assert.ok(stdout.startsWith("name 0!1,name 1!1,") && stdout.endsWith("name 99!1"));
	assert.ok((peaks?.collections ?? 0) > 5);
});

for (const [what, expression] of [
	["Map", "new Map()"],
	["Set", "new Set()"],
	["Promise", "Promise.resolve(1)"],
	["RegExp", "/a/"],
	["WeakMap", "new WeakMap()"],
] as const)
	test(`a ${what} at the top level of a preloaded module is an error that names both`, async () => {
		const { status, stderr, peaks } = await run({ "app/main": `export const kept = ${expression};` }, [
			"timer",
			"app/main",
		]);
		assert.is(status, 1);
		assert.match(
			stderr,
			`app/main, or a module that it imports, cannot be preloaded: at its top level there is a ${what}.`,
		);
		assert.is(peaks, undefined);
	});

test("a top-level await that waits cannot be preloaded", async () => {
	const { status, stderr } = await run({ "app/main": "await new Promise(() => undefined);" }, ["app/main"]);
	assert.is(status, 1);
	assert.match(stderr, "top-level await");
});

test("built-ins are frozen, as on the board", async () => {
	const { status, stderr } = await run(
		{ "app/main": `class Named extends Error { constructor() { super("a"); this.name = "Named"; } }\nnew Named();` },
		[],
	);
	assert.is(status, 1);
	assert.match(stderr, /name: not writable/);
});

test("a program that a signal stops still has its figures", async () => {
	const { status, peaks } = await run(
		{ "app/main": `import Timer from "timer"; trace("x"); Timer.repeat(() => undefined, 10);` },
		[],
		{ timeout: 500 },
	);
	assert.is(status, 143);
	assert.ok(peaks);
});

test("sanitizers find nothing in the sharing of a heap", async () => {
	const { status, stdout, stderr } = await run(
		{ "app/main": user, "app/table": table },
		["app/table", "timer", "base64"],
		{ variant: "sanitize" },
	);
	assert.is(stderr, "");
	assert.is(status, 0);
	assert.match(stdout, "201 name 199");
});

test("the table shows peaks, what was reserved, and how it was measured", () => {
	const text = formatPeaks({
		slot: 16,
		slots: 8000,
		chunks: 2000,
		stack: 1000,
		reservedSlots: 8192,
		reservedChunks: 4096,
		reservedStack: 8192,
		collections: 3,
	});
	assert.match(text, /heap +10000 +12288/);
	assert.match(text, "500 slots of 16 bytes at the peak, 3 collections");
});

test.run();
