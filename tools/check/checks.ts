// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { root } from "../lib/root.js";

/** A program that finds faults without running anything, and says by its exit status whether it found any. */
export interface Check {
	name: string;
	command: string;
	args: string[];
}

const installed = (program: string): string => join(root, "node_modules", ".bin", program);

/** The firmware is checked twice: as the host runs it and as the board does. */
const projects = {
	"the firmware on the host": "tsconfig.json",
	"the firmware on the board": "tsconfig.esp32.json",
	"tools and tests": "tsconfig.tools.json",
};

/** Format, lint and types of everything in the tree. */
export function checks(): Check[] {
	const types = Object.entries(projects).map(([what, project]) => ({
		name: `types of ${what}`,
		command: installed("tsc"),
		args: ["-p", project, "--noEmit"],
	}));
	return [{ name: "format and lint", command: installed("biome"), args: ["check", "--error-on-warnings"] }, ...types];
}
