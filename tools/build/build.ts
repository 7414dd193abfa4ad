// SPDX-License-Identifier: MIT
/**
 * Builds the firmware, or another project, for this machine: what is missing or out of date, and nothing else.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileState } from "../lib/file-state.mjs";
import { withLock } from "../lib/lock.mjs";
import { root } from "../lib/root.js";
import { enginePackage } from "./engine-package.js";
import { treesOf, writeIfChanged } from "./files.js";
import { buildFolder } from "./paths.js";
import { firmware, modulesFile, projectOf } from "./project.js";

/** release: -O2. sanitize: ASan, and UBSan for our own C. x86: 32-bit, slots of the ESP32's size. */
export const variants = ["release", "sanitize", "x86"] as const;
export type BuildVariant = (typeof variants)[number];

export interface BuildOptions {
	variant?: BuildVariant;
	/** Take what compiles in spite of type errors. */
	keepGoing?: boolean;
	/** The manifest.json of another Moddable project; default: the firmware's. */
	manifest?: string;
}

export interface Built {
	/** The executable: `xs MODULES.JSON MODULE [CONFIG]`. */
	executable: string;
	/** Its list of modules. */
	modules: string;
}

/** An SDK's engine, which may change as this project's sources do; the packaged one does not. */
function engineInputs(): string[] {
	const engine = process.env.MODDABLE_XS;
	return engine ? treesOf(["xs", "modules/data/base64"].map(path => resolve(engine, path))) : [];
}

/** All that a build is made from, but the machine's packages; of the tools, programs that run on XS may be added. */
function inputs(): string[] {
	const sources = [
		"main.ts",
		"manifest.json",
		"tsconfig.json",
		"package-lock.json",
		"app",
		"se050",
		"modules",
		"certs",
	];
	const ofHost = ["host", "tests/xs", "tools/test/xs", "tools/build"];
	const tools = treesOf([join(root, "tools")]).filter(path => path.endsWith(".xs.ts") || statSync(path).isDirectory());
	const own = treesOf([...sources, ...ofHost].map(path => join(root, path)));
	return [...own, ...tools, ...engineInputs()].map(path => relative(root, path));
}

/** What a build was made from: the engine, and the state of the inputs. */
interface BuildRecord {
	engine: string;
	files: readonly string[];
	hash: string;
}

function recordOf(variant: BuildVariant): string {
	return join(buildFolder, "host", variant, "built.json");
}

const engineChoice = (): string => process.env.MODDABLE_XS || enginePackage.specifier;

function isUpToDate(variant: BuildVariant, { executable, modules }: Built): boolean {
	const path = recordOf(variant);
	if (![path, executable, modules].every(existsSync)) return false;
	try {
		const { engine, files, hash } = JSON.parse(readFileSync(path, "utf8")) as BuildRecord;
		return engine === engineChoice() && fileState(root, files)?.hash === hash;
	} catch {
		return false; // cut off by a full disk, or damaged
	}
}

/** The record for a build that begins now; undefined when an input may change again with the same time. */
function newRecord(): BuildRecord | undefined {
	const files = inputs();
	const state = fileState(root, files);
	return state?.isBefore(Date.now()) ? { engine: engineChoice(), files, hash: state.hash } : undefined;
}

/**
 * Builds one variant: system packages, the engine's sources, the TypeScript, the native tables, the executable.
 * Processes that build at the same time wait for each other.
 * @throws Error of one sentence that names the cause and the remedy, or the log
 */
export async function build({ variant = "release", keepGoing = false, manifest }: BuildOptions = {}): Promise<Built> {
	const project = manifest === undefined ? firmware : projectOf(manifest);
	const built = { executable: join(project.output, variant, "xs"), modules: modulesFile(project) };
	const isDone = () => project === firmware && isUpToDate(variant, built);
	const work = async () => {
		if (isDone()) return;
		const record = newRecord();
		const { buildNow } = await import("./steps.js"); // most programs find a build that is up to date
		await buildNow({ project, variant, executable: built.executable, keepGoing });
		if (record && project === firmware && !keepGoing) writeIfChanged(recordOf(variant), JSON.stringify(record));
	};
	if (!isDone()) await withLock(join(buildFolder, "lock"), work, "building the firmware");
	return built;
}
