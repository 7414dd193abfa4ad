// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where programs are: PATH, and where Debian has servers. */
function programFolders(): string[] {
	return [...(process.env["PATH"] ?? "").split(delimiter).filter(folder => folder !== ""), "/usr/sbin"];
}

function isProgram(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		return false;
	}
}

/** The path of an installed program; undefined when there is none. */
export function findProgram(name: string, folders: readonly string[] = programFolders()): string | undefined {
	return folders.map(folder => join(folder, name)).find(isProgram);
}

/** The first line that a program prints; undefined when it cannot be run or fails. */
export function firstLine(program: string, args: readonly string[]): string | undefined {
	const { status, stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
	return status === 0 ? stdout.trim().split("\n")[0] : undefined;
}

/** Says that a peer is missing, and which Debian package has it. */
export function notInstalled(debianPackage: string): string {
	return `not installed; Debian's package ${debianPackage} has it`;
}
