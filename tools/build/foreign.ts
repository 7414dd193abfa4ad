// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { ensureSystemPackages } from "../lib/system-packages.js";

function dpkg(args: readonly string[], prefix: readonly string[] = []): { status: number | null; stdout: string } {
	const [program = "dpkg", ...rest] = [...prefix, "dpkg", ...args];
	const { status, stdout } = spawnSync(program, rest, { encoding: "utf8" });
	return { status, stdout: stdout ?? "" };
}

/** Lets dpkg install packages of the 32-bit architecture. */
function addArchitecture(): void {
	if (dpkg(["--print-foreign-architectures"]).stdout.split("\n").includes("i386")) return;
	const prefix = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
	if (dpkg(["--add-architecture", "i386"], prefix).status !== 0)
		throw new Error(
			"A 32-bit build needs 32-bit libraries, and this user may not let dpkg install them; do it with: sudo dpkg --add-architecture i386",
		);
}

/**
 * Makes sure that a 32-bit build is possible here: the compiler's 32-bit part, and the 32-bit form of libraries' packages.
 * @throws Error of one sentence
 */
export async function ensure32Bit(packages: readonly string[]): Promise<void> {
	if (process.arch !== "x64") throw new Error(`The 32-bit build needs an x86-64 machine; this one is ${process.arch}.`);
	if (packages.length > 0) addArchitecture();
	await ensureSystemPackages(["gcc-multilib", ...packages.map(name => `${name}:i386`)]);
}
