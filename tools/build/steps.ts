// SPDX-License-Identifier: MIT
/**
 * The steps of a build: system packages, the engine's sources, the TypeScript, the native tables, the executable, bytecode.
 */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { beginStep } from "../lib/progress.js";
import { root } from "../lib/root.js";
import { ensureSystemPackages } from "../lib/system-packages.js";
import type { BuildVariant } from "./build.js";
import { runCommand } from "./command.js";
import { ensureEngine } from "./engine.js";
import { filesBelow, writeIfChanged } from "./files.js";
import { compiled, compileModules, compileScripts, writeModules } from "./firmware.js";
import { ensure32Bit } from "./foreign.js";
import type { Manifest } from "./manifest.js";
import {
	checkIdentifiers,
	engineIdentifiers,
	findIdentifiers,
	findNatives,
	header,
	type Source,
	tables,
} from "./natives.js";
import { removeOutdated } from "./objects.js";
import { generatedFolder } from "./paths.js";
import { firmware, type Project, projectManifest, removeGone } from "./project.js";

const toolPackages = ["gcc", "libc6-dev", "make"];

function read(path: string): Source {
	return { path: relative(root, path), text: readFileSync(path, "utf8") };
}

/** True for the stand-ins: they never run on the board. */
function isOfHost(path: string): boolean {
	return path.startsWith(join(root, "host", "/"));
}

function partition<T>(values: readonly T[], belongs: (value: T) => boolean): [T[], T[]] {
	return [values.filter(belongs), values.filter(value => !belongs(value))];
}

/** mc.xs.h, natives.c and sources.mk. */
function generatedFor({ output }: Project): string {
	return join(output, "generated");
}

function generateNatives(project: Project, manifest: Manifest, engine: string): void {
	const scripts = [...manifest.modules.values()];
	const natives = findNatives(scripts.map(read));
	const headers = manifest.headerFolders.flatMap(filesBelow).filter(file => file.endsWith(".h"));
	const [ofHost, ofBoard] = partition([...manifest.sources, ...headers], isOfHost);
	const shared = findIdentifiers(ofBoard.map(read));
	const known = engineIdentifiers(readFileSync(join(engine, "xs", "sources", "xsCommon.c"), "utf8"));
	const javascript = scripts
		.filter(path => !isOfHost(path))
		.map(path => compiled(project, path))
		.filter(existsSync);
	checkIdentifiers(
		shared,
		javascript.map(path => readFileSync(path, "utf8")),
		known,
	);
	const identifiers = [...new Set([...shared.keys(), ...findIdentifiers(ofHost.map(read)).keys()])].sort();
	writeIfChanged(join(generatedFor(project), "mc.xs.h"), header(natives, identifiers));
	writeIfChanged(join(generatedFor(project), "natives.c"), tables(natives, identifiers));
}

/** A path for make, which runs in the project's folder: objects get the same path below the output folder. */
function local(path: string): string {
	return path.startsWith(join(root, "/")) ? relative(root, path) : path;
}

function generateMakefiles(project: Project, manifest: Manifest, engine: string): void {
	writeIfChanged(join(generatedFolder, "engine.mk"), `MODDABLE := ${relative(root, engine)}\n`);
	writeIfChanged(
		join(generatedFor(project), "sources.mk"),
		[
			`MODULE_SOURCES := ${manifest.sources.map(local).join(" ")}`,
			`MODULE_INCLUDES := ${manifest.headerFolders.map(folder => `-I${local(folder)}`).join(" ")}`,
			`MODULE_FLAGS := ${manifest.flags}`,
			`MODULE_LIBRARIES := ${manifest.libraries}`,
			"",
		].join("\n"),
	);
}

/** What the Makefile prints for each file that it makes. */
const madeFile = /^(CC|LD) /gm;

function countMade(text: string): number {
	return text.match(madeFile)?.length ?? 0;
}

async function make(project: Project, variant: BuildVariant): Promise<void> {
	const folders = [`OUTPUT=${local(join(project.output, variant))}`, `GENERATED=${local(generatedFor(project))}`];
	const command = {
		what: `Building the ${variant} executable`,
		log: `make-${variant}`,
		program: "make",
		args: [
			"--no-print-directory",
			`-j${availableParallelism()}`,
			"-f",
			"host/Makefile",
			`VARIANT=${variant}`,
			...folders,
		],
		firstError: /\berror:|undefined reference/,
	};
	const plan = await runCommand({ ...command, args: [...command.args, "--dry-run"] });
	const total = countMade(plan.replace(/^echo /gm, ""));
	if (total === 0) return;
	const step = beginStep(command.what);
	let done = 0;
	try {
		await runCommand({ ...command, onOutput: text => step.advance((done += countMade(text)), total) });
	} finally {
		step.end();
	}
}

export interface Work {
	project: Project;
	variant: BuildVariant;
	executable: string;
	keepGoing: boolean;
}

/**
 * Does what is missing or out of date, step by step.
 * @throws Error of one sentence that names the cause and the remedy, or the log
 */
export async function buildNow({ project, variant, executable, keepGoing }: Work): Promise<void> {
	const manifest = projectManifest(project);
	if (project !== firmware) removeGone();
	await ensureSystemPackages([...toolPackages, ...manifest.debianPackages]);
	if (variant === "x86") await ensure32Bit(manifest.debianPackages);
	const engine = await ensureEngine();
	await compileScripts(project, manifest, keepGoing);
	generateNatives(project, manifest, engine);
	generateMakefiles(project, manifest, engine);
	for (const { output } of new Set([firmware, project])) removeOutdated(join(output, variant), root);
	await make(project, variant);
	writeModules(project, manifest);
	await compileModules(project, executable);
}
