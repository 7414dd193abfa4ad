// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./root.js";

export interface Program {
	/** Name of the executable below build/tests/. */
	name: string;
	/** C sources, relative to the project's root. */
	sources: string[];
	/** Include folders, relative to the project's root. */
	includes?: string[];
	/** What goes behind the sources: libraries, further flags. */
	flags?: string[];
}

const warnings = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
const sanitizers = [
	"-g",
	"-O1",
	"-fsanitize=address,undefined",
	"-fno-sanitize-recover=all",
	"-fno-omit-frame-pointer",
];

/** A hash of all that a program is made from: its sources, the headers in their folders and in the include folders, the command. */
function keyOf(sources: readonly string[], includes: readonly string[], command: readonly string[]): string {
	const folders = new Set([...sources.map(dirname), ...includes].map(folder => join(root, folder)));
	const headers = [...folders].flatMap(folder =>
		readdirSync(folder)
			.filter(name => /\.(h|c)$/.test(name))
			.map(name => join(folder, name)),
	);
	const hash = createHash("sha256").update(JSON.stringify(command));
	for (const path of [...sources.map(source => join(root, source)), ...headers]) hash.update(readFileSync(path));
	return hash.digest("hex");
}

/**
 * Compiles a C test program under ASan and UBSan, unless it was compiled from the same files.
 * @returns its path
 * @throws Error with the compiler's output
 */
export function compile({ name, sources, includes = [], flags = [] }: Program): string {
	const output = join(root, "build", "tests", name),
		stamp = `${output}.key`;
	const command = [...warnings, ...sanitizers, ...includes.map(folder => `-I${folder}`), ...sources, ...flags];
	const key = keyOf(sources, includes, command);
	if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return output;
	// Test files that share a program run at the same time: each must see a whole one.
	const temporary = `${output}.${process.pid}`;
	mkdirSync(dirname(output), { recursive: true });
	const { status, stderr } = spawnSync("gcc", ["-o", temporary, ...command], { cwd: root, encoding: "utf8" });
	if (status !== 0) throw new Error(`gcc ${command.join(" ")}\n${stderr}`);
	renameSync(temporary, output);
	writeFileSync(stamp, key);
	return output;
}
