// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file only when its text changes, so that what depends on its time is not built again. */
export function writeIfChanged(path: string, text: string): void {
	if (existsSync(path) && readFileSync(path, "utf8") === text) return;
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
}

/** All files below a folder, in alphabetical order; none when there is no such folder. */
export function filesBelow(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { withFileTypes: true })
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.flatMap(entry => {
			const path = join(folder, entry.name);
			return entry.isDirectory() ? filesBelow(path) : [path];
		});
}

/** Folders and files with all that is below them; nothing for those that do not exist. */
export function treesOf(paths: readonly string[]): string[] {
	return paths.flatMap(path => {
		const status = statSync(path, { throwIfNoEntry: false });
		if (!status?.isDirectory()) return status ? [path] : [];
		return [path, ...treesOf(readdirSync(path).map(name => join(path, name)))];
	});
}

/** When something was made: its modification time in milliseconds since 1970; -Infinity when there is no such file. */
export function modified(path: string): number {
	return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

/** When a source got its content or its place. mv, cp -p, rsync and tar keep an old modification time, but not the change time. */
export function changed(path: string): number {
	const status = statSync(path, { throwIfNoEntry: false });
	return status ? Math.max(status.mtimeMs, status.ctimeMs) : -Infinity;
}
