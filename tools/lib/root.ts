// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The nearest folder above a file that is this project: the same for a source and for its bundle in build/. */
function projectOf(file: string): string {
	const folder = dirname(file);
	if (existsSync(join(folder, "tools", "run.mjs")) || folder === dirname(folder)) return folder;
	return projectOf(folder);
}

/** The project's folder. */
export const root = projectOf(fileURLToPath(import.meta.url));
