// SPDX-License-Identifier: MIT
/**
 * What is built for this machine: the firmware, or somebody else's Moddable project, which its manifest describes.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { root } from "../lib/root.js";
import { writeIfChanged } from "./files.js";
import { type Manifest, readManifests } from "./manifest.js";
import { buildFolder, firmwareFolder } from "./paths.js";

export interface Project {
	/** The project's manifest. */
	manifest: string;
	/** The folder of its executables, generated C and list of modules. */
	output: string;
	/** Where tsc puts the JavaScript of `sourceRoot`. */
	scripts: string;
	sourceRoot: string;
	tsconfig: string;
}

/** The firmware: main.ts. */
export const firmware: Project = {
	manifest: join(root, "manifest.json"),
	output: join(buildFolder, "host"),
	scripts: firmwareFolder,
	sourceRoot: root,
	tsconfig: join(root, "tsconfig.json"),
};

/** Lists a project's modules for its executable. */
export function modulesFile({ output }: Project): string {
	return join(output, "modules.json");
}

/** What is made of other projects, a folder for each. */
const projectsFolder = join(buildFolder, "projects");

/** Another project. Its sources stay where they are; what is made of them goes into build/projects/. */
export function projectOf(manifest: string): Project {
	const path = resolve(manifest);
	if (path === firmware.manifest) return firmware;
	const hash = createHash("sha256").update(path).digest("hex").slice(0, 8);
	const output = join(projectsFolder, `${basename(dirname(path))}-${hash}`);
	return {
		manifest: path,
		output,
		scripts: join(output, "scripts"),
		sourceRoot: "/",
		tsconfig: join(output, "tsconfig.json"),
	};
}

/**
 * Reads the project's manifests and the host's.
 * @throws Error of one sentence: there is no manifest, it cannot be read, or it has no program
 */
export function projectManifest({ manifest }: Project): Manifest {
	if (!existsSync(manifest))
		throw new Error(`There is no manifest ${manifest}: name the manifest.json of a Moddable project.`);
	const result = readManifests([manifest, join(root, "host", "manifest.json")]);
	if (!result.modules.has("main"))
		throw new Error(`${manifest} has no module "main", where a program begins: add "modules": { "*": "./main" }.`);
	return result;
}

interface Tsconfig {
	/** For `removeGone`; tsc ignores it. */
	manifest?: string;
	compilerOptions: { target: string; lib: string[]; paths: Record<string, [string]> };
}

/** The SDK's modules, which have typings or a stand-in in host/. */
function sdkPaths({ paths }: Tsconfig["compilerOptions"]): Record<string, [string]> {
	const ofSdk = Object.entries(paths).filter(([name]) => !name.includes("*") && name !== "main");
	return Object.fromEntries(ofSdk.map(([name, [path]]) => [name, [join(root, path)]]));
}

/** Writes the tsconfig.json of a project that is not the firmware: mcconfig's options, this engine's level of the language. */
export function writeTsconfig({ manifest, tsconfig, scripts, sourceRoot }: Project, { modules }: Manifest): void {
	const { compilerOptions } = JSON.parse(readFileSync(firmware.tsconfig, "utf8")) as Tsconfig;
	const { target, lib } = compilerOptions;
	const typings = ["xs", "global"].map(name => join(root, "node_modules/@moddable/typings", `${name}.d.ts`));
	const native = join(root, "host/native.d.ts");
	const own = [...modules].map(([name, source]) => [name, [source.replace(/\.\w+$/, "")]]);
	const options = {
		target,
		lib,
		module: "preserve",
		skipLibCheck: true,
		sourceMap: true,
		types: [],
		rootDir: sourceRoot,
		outDir: scripts,
		paths: { ...Object.fromEntries(own), ...sdkPaths(compilerOptions) },
	};
	const files = [...[...modules.values()].filter(source => source.endsWith(".ts")), ...typings, native];
	writeIfChanged(tsconfig, `${JSON.stringify({ manifest, compilerOptions: options, files }, null, "\t")}\n`);
}

function isGone(folder: string): boolean {
	const tsconfig = join(folder, "tsconfig.json");
	if (!existsSync(tsconfig)) return false;
	try {
		const { manifest } = JSON.parse(readFileSync(tsconfig, "utf8")) as Tsconfig;
		return manifest !== undefined && !existsSync(manifest);
	} catch {
		return true; // cut off by a full disk: nothing in it is worth more than the next build
	}
}

/** Removes what was made of projects whose manifest does not exist any more. @param folder of all projects */
export function removeGone(folder = projectsFolder): void {
	if (!existsSync(folder)) return;
	for (const name of readdirSync(folder).map(entry => join(folder, entry)))
		if (isGone(name)) rmSync(name, { recursive: true });
}
