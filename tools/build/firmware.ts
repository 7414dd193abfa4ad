// SPDX-License-Identifier: MIT
/**
 * The firmware's modules: compiled by tsc, listed in modules.json for the executable.
 */
import { existsSync, readFileSync, renameSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { beginStep } from "../lib/progress.js";
import { root } from "../lib/root.js";
import { runCommand } from "./command.js";
import { filesBelow, modified, writeIfChanged } from "./files.js";
import { type Manifest, readManifests } from "./manifest.js";
import { buildFolder, firmwareFolder } from "./paths.js";

/** Where modules.json is. */
export const modulesFile = join(buildFolder, "host", "modules.json");

/** XS bytecode of the modules, so that starting the firmware compiles nothing. */
const bytecodeFile = join(buildFolder, "host", "modules.xsb");

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

function typescriptSources(): string[] {
	const below = sourceFolders.flatMap(folder => filesBelow(join(root, folder))).filter(file => file.endsWith(".ts"));
	return [join(root, "main.ts"), ...below, ...toolPrograms()].filter(existsSync);
}

/** Where tsc puts the JavaScript of a source; what is not TypeScript stays where it is. */
export function compiled(source: string): string {
	return source.endsWith(".ts") ? join(firmwareFolder, relative(root, source)).replace(/\.ts$/, ".js") : source;
}

function compiler(): string {
	return join(root, "node_modules", "typescript", "bin", "tsc");
}

function isFresh(sources: readonly string[]): boolean {
	const configuration = Math.max(modified(join(root, "tsconfig.json")), modified(join(root, "package-lock.json")));
	const emitted = sources.filter(source => !source.endsWith(".d.ts"));
	const declarations = sources.filter(source => source.endsWith(".d.ts")).map(modified);
	const newest = Math.max(configuration, ...declarations);
	return emitted.every(source => modified(compiled(source)) >= Math.max(newest, modified(source)));
}

/**
 * Compiles the TypeScript that runs on XS, when a source is newer than its JavaScript.
 * @param keepGoing take what compiles although there are type errors (they are printed)
 * @throws Error of one sentence with the first type error
 */
export async function compileFirmware(keepGoing = false): Promise<void> {
	const sources = typescriptSources();
	const stamp = join(firmwareFolder, ".type-checked");
	if (isFresh(sources) && sources.every(source => modified(stamp) >= modified(source))) return;
	const step = beginStep("Compiling the TypeScript");
	try {
		await runCommand({
			what: "Compiling the TypeScript",
			log: "tsc",
			program: process.execPath,
			args: [compiler(), "-p", "tsconfig.json", "--pretty", "false"],
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

/** Reads the firmware's manifests and the host's. */
export function firmwareManifest(): Manifest {
	return readManifests([join(root, "manifest.json"), join(root, "host", "manifest.json")]);
}

/** The names and sources of the tests and of the tools' programs that run inside XS: paths without ".ts". */
export function programSources(): Map<string, string> {
	const tests = filesBelow(join(root, "tests", "xs")).filter(file => file.endsWith(".ts"));
	return new Map([...tests, ...toolPrograms()].map(file => [relative(root, file).replace(/\.ts$/, ""), file]));
}

/** Writes modules.json: the modules by name (the tests' too), resources, preload, creation and config of the manifests. */
export function writeModules(manifest: Manifest): void {
	const tests = Object.entries(testModules).map(([name, path]) => [name, join(root, path)] as const);
	const all = new Map([...manifest.modules, ...programSources(), ...tests.filter(([, source]) => existsSync(source))]);
	const modules = Object.fromEntries(
		[...all].map(([name, source]) => [name, relative(dirname(modulesFile), compiled(source))]),
	);
	const resources = Object.fromEntries(
		[...manifest.resources].map(([name, file]) => [name, relative(dirname(modulesFile), file)]),
	);
	const { preload, creation, config } = manifest;
	const bytecode = relative(dirname(modulesFile), bytecodeFile);
	const list = { modules, resources, preload, creation, config, bytecode };
	writeIfChanged(modulesFile, `${JSON.stringify(list, null, "\t")}\n`);
}

/** Compiles all modules to XS bytecode when the engine, the list or a module's JavaScript is newer. Stacks keep the lines of the TypeScript. */
export async function compileModules(executable: string): Promise<void> {
	const { modules } = JSON.parse(readFileSync(modulesFile, "utf8")) as { modules: Record<string, string> };
	const sources = Object.values(modules).map(path => resolve(dirname(modulesFile), path));
	const newest = Math.max(...[executable, modulesFile, ...sources].map(modified));
	if (modified(bytecodeFile) > newest) return;
	const partial = `${bytecodeFile}.partial`;
	await runCommand({
		what: "Compiling the modules to bytecode",
		log: "bytecode",
		program: executable,
		args: ["--compile", partial, modulesFile],
	});
	renameSync(partial, bytecodeFile);
}
