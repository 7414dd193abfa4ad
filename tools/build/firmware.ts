// SPDX-License-Identifier: MIT
/**
 * The modules of the firmware or of another project: compiled by tsc, listed in modules.json for the executable.
 */
import { existsSync, readFileSync, renameSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { beginStep } from "../lib/progress.js";
import { root } from "../lib/root.js";
import { runCommand } from "./command.js";
import { changed, filesBelow, modified, writeIfChanged } from "./files.js";
import type { Manifest } from "./manifest.js";
import { firmware, modulesFile, type Project, writeTsconfig } from "./project.js";

/** XS bytecode of the modules, so that starting the program compiles nothing. */
function bytecodeFile({ output }: Project): string {
	return join(output, "modules.xsb");
}

/** What tests inside XS need beside the firmware: uvu and what it imports. tools/test/xs/harness.ts stands in front of it. */
const testModules: Record<string, string> = {
	uvu: "tools/test/xs/harness.ts",
	"harness-globals": "tools/test/xs/harness-globals.ts",
	"uvu/runner": "node_modules/uvu/dist/index.mjs",
	"uvu/assert": "node_modules/uvu/assert/index.mjs",
	"uvu/diff": "node_modules/uvu/diff/index.mjs",
	dequal: "node_modules/dequal/dist/index.mjs",
	kleur: "node_modules/kleur/index.mjs",
	diff: "node_modules/diff/lib/index.mjs",
};

const sourceFolders = ["app", "se050", "modules", "host", "tools/test/xs", "tests/xs"];

/** Programs of tools that run on XS, not on Node. */
function toolPrograms(): string[] {
	return filesBelow(join(root, "tools")).filter(file => file.endsWith(".xs.ts"));
}

/** The firmware is compiled with its tests and tools; of another project, what its manifests name. */
function typescriptSources(project: Project, { modules }: Manifest): string[] {
	if (project !== firmware) return [...modules.values()].filter(file => file.endsWith(".ts"));
	const below = sourceFolders.flatMap(folder => filesBelow(join(root, folder))).filter(file => file.endsWith(".ts"));
	return [join(root, "main.ts"), ...below, ...toolPrograms()].filter(existsSync);
}

/** Where tsc puts the JavaScript of a source; what is not TypeScript stays where it is. */
export function compiled({ sourceRoot, scripts }: Project, source: string): string {
	return source.endsWith(".ts") ? join(scripts, relative(sourceRoot, source)).replace(/\.ts$/, ".js") : source;
}

function compiler(): string {
	return join(root, "node_modules", "typescript", "bin", "tsc");
}

function isFresh(project: Project, sources: readonly string[]): boolean {
	const configuration = Math.max(changed(project.tsconfig), changed(join(root, "package-lock.json")));
	const emitted = sources.filter(source => !source.endsWith(".d.ts"));
	const declarations = sources.filter(source => source.endsWith(".d.ts")).map(changed);
	const newest = Math.max(configuration, ...declarations);
	return emitted.every(source => modified(compiled(project, source)) >= Math.max(newest, changed(source)));
}

/**
 * Compiles the TypeScript that runs on XS, when a source is newer than its JavaScript.
 * @param keepGoing take what compiles although there are type errors (they are printed)
 * @throws Error of one sentence with the first type error
 */
export async function compileScripts(project: Project, manifest: Manifest, keepGoing = false): Promise<void> {
	if (project !== firmware) writeTsconfig(project, manifest);
	const sources = typescriptSources(project, manifest);
	const stamp = join(project.scripts, ".type-checked");
	if (isFresh(project, sources) && sources.every(source => modified(stamp) >= changed(source))) return;
	const step = beginStep("Compiling the TypeScript");
	try {
		await runCommand({
			what: "Compiling the TypeScript",
			log: "tsc",
			program: process.execPath,
			args: [compiler(), "-p", project.tsconfig, "--pretty", "false"],
			firstError: /error TS\d+/,
		});
		writeStamp(stamp);
	} catch (error) {
		if (!keepGoing) throw error;
		console.error((error as Error).message);
	} finally {
		step.end();
	}
}

function writeStamp(path: string): void {
	writeIfChanged(path, `${Date.now()}\n`);
}

/** The names and sources of the tests and of the tools' programs that run inside XS: paths without ".ts". */
export function programSources(): Map<string, string> {
	const tests = filesBelow(join(root, "tests", "xs")).filter(file => file.endsWith(".ts"));
	return new Map([...tests, ...toolPrograms()].map(file => [relative(root, file).replace(/\.ts$/, ""), file]));
}

/** The firmware's tests and the tools' programs, and what they import. */
function programModules(): [string, string][] {
	const tests = Object.entries(testModules).map(([name, path]): [string, string] => [name, join(root, path)]);
	return [...programSources(), ...tests.filter(([, source]) => existsSync(source))];
}

/** Writes modules.json: the modules by name (the firmware's tests too), resources, preload, creation and config of the manifests. */
export function writeModules(project: Project, manifest: Manifest): void {
	const file = modulesFile(project);
	const all = new Map([...manifest.modules, ...(project === firmware ? programModules() : [])]);
	const modules = Object.fromEntries(
		[...all].map(([name, source]) => [name, relative(dirname(file), compiled(project, source))]),
	);
	const resources = Object.fromEntries(
		[...manifest.resources].map(([name, path]) => [name, relative(dirname(file), path)]),
	);
	const { preload, creation, config } = manifest;
	const bytecode = relative(dirname(file), bytecodeFile(project));
	const list = { modules, resources, preload, creation, config, bytecode };
	writeIfChanged(file, `${JSON.stringify(list, null, "\t")}\n`);
}

/** Compiles all modules to XS bytecode when the engine, the list or a module's JavaScript is newer. Stacks keep the lines of the TypeScript. */
export async function compileModules(project: Project, executable: string): Promise<void> {
	const file = modulesFile(project);
	const bytecode = bytecodeFile(project);
	const { modules } = JSON.parse(readFileSync(file, "utf8")) as { modules: Record<string, string> };
	const sources = Object.values(modules).map(path => resolve(dirname(file), path));
	const newest = Math.max(...[executable, file, ...sources].map(changed));
	if (modified(bytecode) > newest) return;
	const partial = `${bytecode}.partial`;
	await runCommand({
		what: "Compiling the modules to bytecode",
		log: "bytecode",
		program: executable,
		args: ["--compile", partial, file],
	});
	renameSync(partial, bytecode);
}
