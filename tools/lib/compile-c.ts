// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
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

/** Compiles a C test program under ASan and UBSan and returns its path; throws with the compiler's words. */
export function compile({ name, sources, includes = [], flags = [] }: Program): string {
	const output = join(root, "build", "tests", name);
	// Test files that share a program run at the same time: each must see a whole one.
	const temporary = `${output}.${process.pid}`;
	mkdirSync(dirname(output), { recursive: true });
	const args = [
		...warnings,
		...sanitizers,
		...includes.map(folder => `-I${folder}`),
		"-o",
		temporary,
		...sources,
		...flags,
	];
	const { status, stderr } = spawnSync("gcc", args, { cwd: root, encoding: "utf8" });
	if (status !== 0) throw new Error(`gcc ${args.join(" ")}\n${stderr}`);
	renameSync(temporary, output);
	return output;
}
