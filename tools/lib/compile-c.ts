// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withLock } from "./lock.mjs";
import { root } from "./root.js";

export interface Program {
	/** Name of the executable below build/tests/. */
	name: string;
	/** C sources, relative to the project's root. */
	sources: string[];
	/** Include folders, relative to the project's root. */
	includes?: string[];
	/** Further flags of the compiler and of the linker, which gets the libraries. */
	flags?: string[];
}

const warnings = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
const sanitizers = [
	"-g1",
	"-Og",
	"-fsanitize=address,undefined",
	"-fno-sanitize-recover=all",
	"-fno-omit-frame-pointer",
];

/** Flags that only the linker reads. */
const ofLinker = /^-(l|L|Wl,)|\.a$/;

function gcc(args: readonly string[]): void {
	const { status, stderr } = spawnSync("gcc", args, { cwd: root, encoding: "utf8" });
	if (status !== 0) throw new Error(`gcc ${args.join(" ")}\n${stderr}`);
}

function hashOf(...parts: readonly (string | Uint8Array)[]): string {
	const hash = createHash("sha256");
	for (const part of parts) hash.update(part).update("\0");
	return hash.digest("hex").slice(0, 32);
}

/** A hash of the headers and sources below a folder, which its sources and those that have it as an include folder may include. */
function contentOf(folder: string): string {
	const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter(name =>
		/\.(h|c)$/.test(name),
	);
	return hashOf(...names.map(name => readFileSync(join(root, folder, name))));
}

/**
 * Makes a file below build/tests/, unless it was made with the same key. Programs that need it at the same time wait for
 * the one that makes it.
 */
async function made(name: string, key: string, make: (output: string) => void): Promise<string> {
	const output = join(root, "build", "tests", name),
		stamp = `${output}.key`;
	const isMade = () => existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === key;
	const work = async () => {
		if (isMade()) return;
		make(`${output}.partial`);
		rmSync(stamp, { force: true }); // a program that is killed now leaves none that fits a file of another key
		renameSync(`${output}.partial`, output);
		writeFileSync(stamp, key);
	};
	if (!isMade()) await withLock(`${output}.lock`, work, `compiling ${name}`);
	return output;
}

/**
 * Compiles a C test program under ASan and UBSan. Sources that were compiled in the same way, for this program or another
 * one, are not compiled again.
 * @returns its path
 * @throws Error with the compiler's output
 */
export async function compile({ name, sources, includes = [], flags = [] }: Program): Promise<string> {
	const libraries = flags.filter(flag => ofLinker.test(flag));
	const common = [...warnings, ...sanitizers, ...flags.filter(flag => !ofLinker.test(flag))];
	const folders = [...new Set([...includes, ...sources.map(dirname)])];
	const contents = new Map(folders.map(folder => [folder, contentOf(folder)]));
	const objects: string[] = [],
		keys: string[] = [];
	for (const source of sources) {
		const command = ["-c", ...common, ...includes.map(folder => `-I${folder}`), source];
		const key = hashOf(...[...includes, dirname(source)].map(folder => contents.get(folder) ?? ""));
		const object = join("objects", `${basename(source, ".c")}-${hashOf(...command)}.o`);
		objects.push(await made(object, key, output => gcc([...command, "-o", output])));
		keys.push(key);
	}
	const link = [...common, ...objects, ...libraries];
	return made(name, hashOf(...keys, ...link), output => gcc([...link, "-o", output]));
}
