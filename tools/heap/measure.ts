// SPDX-License-Identifier: MIT
/**
 * Runs a program in the ESP32's JavaScript memory on a PC: 32-bit, the preloaded modules and the built-ins outside of the
 * heap as in flash, the heap made with the manifest's `creation`.
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Built, build } from "../build/build.js";
import { root } from "../lib/root.js";

/** What xs --heap writes (host/heap.h): bytes, but `collections`. */
export interface HeapPeaks {
	/** Size of one slot. */
	slot: number;
	slots: number;
	chunks: number;
	stack: number;
	reservedSlots: number;
	reservedChunks: number;
	reservedStack: number;
	collections: number;
}

export interface HeapRun {
	/** The program's status; 128 and the signal's number when a signal stopped it. */
	status: number;
	peaks: HeapPeaks;
}

export interface HeapOptions {
	/** Becomes `mc/config`, over the manifests' config. */
	config?: object;
	/** Resources in the place of the manifests': name → file, absolute. */
	resources?: Readonly<Record<string, string>>;
	/** Milliseconds until the program is asked to stop; never by default. */
	timeout?: number;
	/** Gets what the program writes to standard output, as it comes. */
	onOutput?: (text: string) => void;
	/** Called with each piece of output: true asks the program to stop. */
	isDone?: (text: string) => boolean;
}

function run({ executable, modules }: Built, module: string, result: string, options: HeapOptions): Promise<number> {
	const { config = {}, timeout, onOutput, isDone } = options;
	return new Promise((resolve, reject) => {
		const child = spawn(executable, ["--heap", result, modules, module, JSON.stringify(config)], {
			cwd: root,
			stdio: ["pipe", "pipe", "inherit"],
		});
		const timer = timeout === undefined ? undefined : setTimeout(() => child.kill("SIGTERM"), timeout);
		child.stdout.setEncoding("utf8").on("data", (text: string) => {
			onOutput?.(text);
			if (isDone?.(text)) child.kill("SIGTERM");
		});
		child.on("error", reject);
		child.on("close", (status, signal) => {
			clearTimeout(timer);
			if (signal) reject(new Error(`${module} was ended by ${signal} in the ESP32's memory.`));
			else resolve(status ?? 0);
		});
	});
}

/**
 * Builds the 32-bit variant if need be, runs a module to its end (or until it is asked to stop) and returns the peaks.
 * @throws Error of one sentence when the build fails, or the program ends without a result
 */
export async function measureHeap(module: string, options: HeapOptions = {}): Promise<HeapRun> {
	const built = await build({ variant: "x86" });
	const folder = mkdtempSync(join(tmpdir(), "heap-")),
		result = join(folder, "peaks.json");
	try {
		const status = await run(
			{ ...built, modules: replaceResources(built.modules, folder, options.resources) },
			module,
			result,
			options,
		);
		return { status, peaks: readPeaks(result, module, status) };
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** Writes modules.json again with other resources; its paths are relative to its folder, so they are made absolute. */
function replaceResources(path: string, folder: string, resources: HeapOptions["resources"]): string {
	if (!resources) return path;
	const manifest = JSON.parse(readFileSync(path, "utf8")) as {
		modules: Record<string, string>;
		resources: Record<string, string>;
	};
	const absolute = (paths: Record<string, string>) =>
		Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, resolve(dirname(path), file)]));
	const copy = join(folder, "modules.json");
	writeFileSync(
		copy,
		JSON.stringify({
			...manifest,
			modules: absolute(manifest.modules),
			resources: { ...absolute(manifest.resources), ...resources },
		}),
	);
	return copy;
}

function readPeaks(path: string, module: string, status: number): HeapPeaks {
	try {
		return JSON.parse(readFileSync(path, "utf8")) as HeapPeaks;
	} catch {
		throw new Error(
			`${module} ended with status ${status} before its heap could be measured: the lines above say why.`,
		);
	}
}

function row(name: string, peak: number, reserved: number): string {
	return `${name.padEnd(10)}${String(peak).padStart(9)}${String(reserved).padStart(11)}`;
}

/** The peaks as a table for a person, with how they were made. */
export function formatPeaks({
	slot,
	slots,
	chunks,
	stack,
	reservedSlots,
	reservedChunks,
	reservedStack,
	collections,
}: HeapPeaks): string {
	return [
		"JavaScript memory, bytes",
		`${"".padEnd(10)}${"peak".padStart(9)}${"reserved".padStart(11)}`,
		row("slots", slots, reservedSlots),
		row("chunks", chunks, reservedChunks),
		row("heap", slots + chunks, reservedSlots + reservedChunks),
		row("stack", stack, reservedStack),
		`${slots / slot} slots of ${slot} bytes at the peak, ${collections} collections.`,
		"How: XS built for 32 bits (-m32, the ESP32's slot size); built-ins and preloaded modules in a shared root machine,",
		"as they are in flash on the board; the program in a clone with the sizes of the manifest's creation.",
		"Slots and chunks have their peaks at different times, so that the heap's is an upper bound.",
	].join("\n");
}
