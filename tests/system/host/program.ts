// SPDX-License-Identifier: MIT
/** Runs scripts of a test as a program of their own inside XS. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildVariant, type Built, build } from "../../../tools/build/build.js";

export interface Program extends Built {
	folder: string;
	remove(): void;
}

/** Writes modules.json and sources (module name → JavaScript), beside the platform's own modules. */
export async function program(sources: Record<string, string>, variant: BuildVariant = "release"): Promise<Program> {
	const built = await build({ variant });
	const folder = mkdtempSync(join(tmpdir(), "xs-"));
	const listed = JSON.parse(readFileSync(built.modules, "utf8")) as { modules: Record<string, string> };
	const modules = Object.fromEntries(
		Object.entries(listed.modules).map(([name, path]) => [name, join(built.modules, "..", path)]),
	);
	for (const [name, source] of Object.entries(sources)) {
		const path = join(folder, `${name.replaceAll("/", "-")}.js`);
		writeFileSync(path, source);
		modules[name] = path;
	}
	writeFileSync(join(folder, "modules.json"), JSON.stringify({ modules, config: { kept: 1, nested: { a: 1, b: 2 } } }));
	return {
		executable: built.executable,
		modules: join(folder, "modules.json"),
		folder,
		remove: () => rmSync(folder, { recursive: true }),
	};
}
