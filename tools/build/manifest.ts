// SPDX-License-Identifier: MIT
/**
 * Reads manifests of the Moddable SDK as mcconfig does (tools/mcmanifest.js), as far as this project uses them:
 * `include`, `modules` with `~`, `*` and `{source}`, `resources`, `preload`, `creation`, `config`, `platforms`, and of `build`
 * LIBRARIES, C_FLAGS and, of our own, DEBIAN_PACKAGES. The platform is "host", unless another one is asked for.
 * What lies in the SDK ($(MODDABLE) and other variables) is left out: host/manifest.json stands in for it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { root } from "../lib/root.js";

type Json = { [name: string]: unknown };

/** Sizes of an XS machine, as in a manifest's `creation`: bytes, slots or entries; see the SDK's manifest.md. */
export interface Creation {
	static: number;
	chunk: { initial: number; incremental: number };
	heap: { initial: number; incremental: number };
	stack: number;
	keys: { initial: number; incremental: number; name: number; symbol: number };
	parser: { buffer: number; table: number };
}

export interface Manifest {
	/** Module name → TypeScript or JavaScript source, absolute. */
	modules: Map<string, string>;
	/** Resource name → file, absolute. */
	resources: Map<string, string>;
	/** C sources, absolute. */
	sources: string[];
	/** Folders that hold headers, absolute. */
	headerFolders: string[];
	/** Names of the modules to preload; those that do not exist are left out. */
	preload: string[];
	creation: Creation;
	config: Json;
	libraries: string;
	flags: string;
	debianPackages: string[];
}

/** mcconfig's defaults (mcconfig.js, filterCreation). */
const defaultCreation: Creation = {
	static: 0,
	chunk: { initial: 32768, incremental: 1024 },
	heap: { initial: 2048, incremental: 64 },
	stack: 384,
	keys: { initial: 256, incremental: 0, name: 127, symbol: 127 },
	parser: { buffer: 32768, table: 1993 },
};

const scripts = [".ts", ".js", ".mjs"];

function isObject(value: unknown): value is Json {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): unknown[] {
	return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** Deep, as mcconfig's mergeProperties: objects are merged, everything else is replaced. */
export function merge(target: Json, source: Json): Json {
	for (const [name, value] of Object.entries(source)) {
		const former = target[name];
		target[name] = isObject(former) && isObject(value) ? merge({ ...former }, value) : value;
	}
	return target;
}

function parse(path: string): Json {
	let value: unknown;
	try {
		value = JSON.parse(readFileSync(path, "utf8"));
	} catch (error) {
		throw new Error(`${relative(root, path)} cannot be read as a manifest: ${(error as Error).message}.`);
	}
	if (!isObject(value)) throw new Error(`${relative(root, path)} is not a manifest: it is not a JSON object.`);
	return value;
}

/** Splits "name.ext"; ".d.ts" is one extension, as in mcconfig. */
function split(file: string): { name: string; extension: string } {
	const at = file.endsWith(".d.ts") ? file.length - ".d.ts".length : file.lastIndexOf(".");
	return at <= 0 ? { name: file, extension: "" } : { name: file.slice(0, at), extension: file.slice(at) };
}

interface Rule {
	folder: string;
	target: string;
	source: string;
}

interface Found {
	file: string;
	name: string;
	extension: string;
}

function missing(kind: "module" | "resource", { folder, source }: Rule): Error {
	return new Error(
		`${join(relative(root, folder), "manifest.json")} names the ${kind} ${source}, which does not exist.`,
	);
}

/** "folder/*" stands for the name that the source's own star left. */
function named(target: string, name: string): string {
	const star = target.lastIndexOf("*");
	return star >= 0 ? target.slice(0, star) + name : target;
}

/** The rules of a `modules` or `resources` object, those without what lies in the SDK. */
function rules(property: unknown, folder: string): Rule[] {
	return Object.entries(isObject(property) ? property : {})
		.flatMap(([target, sources]) =>
			list(sources).map(source => ({
				folder,
				target,
				source: isObject(source) ? String(source.source) : String(source),
			})),
		)
		.filter(({ source }) => !source.startsWith("$("));
}

/** The part of `platforms` that mcconfig takes (matchPlatform): the first that fits "esp32/esp32c6", else "esp32", else "...". */
function partFor(platforms: Json, platform: string): unknown {
	const names = Object.keys(platforms);
	for (let name = platform; name !== ""; name = name.slice(0, Math.max(name.lastIndexOf("/"), 0))) {
		const found = names.find(key => (key.endsWith("/*") ? name.startsWith(key.slice(0, -1)) : key === name));
		if (found) return platforms[found];
	}
	return platforms["..."];
}

class Reader {
	readonly #platform: string;
	readonly result: Manifest = {
		modules: new Map(),
		resources: new Map(),
		sources: [],
		headerFolders: [],
		preload: [],
		creation: structuredClone(defaultCreation),
		config: {},
		libraries: "",
		flags: "",
		debianPackages: [],
	};
	readonly #seen = new Set<string>();
	readonly #excluded = new Set<string>();
	readonly #rules: Rule[] = [];
	readonly #resourceRules: Rule[] = [];
	readonly #preload: string[] = [];

	constructor(platform: string) {
		this.#platform = platform;
	}

	include(path: string): void {
		if (this.#seen.has(path)) return;
		this.#seen.add(path);
		const manifest = parse(path),
			folder = dirname(path);
		const platform = partFor(isObject(manifest.platforms) ? manifest.platforms : {}, this.#platform);
		const parts = [manifest, ...(isObject(platform) ? [platform] : [])];
		for (const part of parts) this.#includes(part, folder, path);
		for (const part of parts) this.#merge(part, folder);
	}

	#includes(part: Json, folder: string, path: string): void {
		for (const entry of list(part.include)) {
			if (typeof entry !== "string")
				throw new Error(
					`${relative(root, path)} includes something other than a path (${JSON.stringify(entry)}), which only mcconfig can fetch: include it by its path.`,
				);
			if (entry.startsWith("$(")) continue;
			const target = resolve(folder, entry);
			if (!existsSync(target)) throw new Error(`${relative(root, path)} includes ${entry}, which does not exist.`);
			this.include(target);
		}
	}

	#merge(part: Json, folder: string): void {
		const { result } = this;
		for (const rule of rules(part.modules, folder)) this.#rule(rule);
		this.#resourceRules.push(...rules(part.resources, folder));
		this.#preload.push(...list(part.preload).map(String));
		if (isObject(part.creation)) result.creation = merge({ ...result.creation }, part.creation) as unknown as Creation;
		if (isObject(part.config)) result.config = merge(result.config, part.config);
		const build = isObject(part.build) ? part.build : {};
		result.libraries = [result.libraries, ...list(build.LIBRARIES)].join(" ").trim();
		result.flags = [result.flags, ...list(build.C_FLAGS)].join(" ").trim();
		result.debianPackages.push(...list(build.DEBIAN_PACKAGES).flatMap(names => String(names).split(" ")));
	}

	#rule(rule: Rule): void {
		if (rule.target !== "~") this.#rules.push(rule);
		else for (const { file } of this.#find(rule)) this.#excluded.add(file);
	}

	/** The files that a source pattern stands for: "./name" with any extension, "./prefix*" with any end. */
	#find({ folder, source }: Rule): Found[] {
		const path = resolve(folder, source),
			directory = dirname(path),
			pattern = basename(path);
		if (!existsSync(directory)) return [];
		const star = pattern.lastIndexOf("*");
		const prefix = star >= 0 ? pattern.slice(0, star) : "";
		return readdirSync(directory, { withFileTypes: true })
			.filter(entry => entry.isFile() && !entry.name.startsWith("."))
			.map(entry => ({ file: join(directory, entry.name), full: entry.name, ...split(entry.name) }))
			.filter(({ full, name }) => (star >= 0 ? name.startsWith(prefix) : name === pattern || full === pattern))
			.map(({ file, name, extension }) => ({ file, extension, name: name.slice(prefix.length) }))
			.sort((a, b) => (a.file < b.file ? -1 : 1));
	}

	#apply(rule: Rule): void {
		const found = this.#find(rule);
		if (found.length === 0) throw missing("module", rule);
		for (const { file, name, extension } of found) {
			if (this.#excluded.has(file)) continue;
			this.#excluded.add(file);
			if (extension === ".c") this.#addSource(file);
			else if (extension === ".h") this.result.headerFolders.push(dirname(file));
			else if (scripts.includes(extension)) this.result.modules.set(named(rule.target, name), file);
		}
	}

	#applyResource(rule: Rule): void {
		const found = this.#find(rule);
		if (found.length === 0) throw missing("resource", rule);
		for (const { file, name, extension } of found)
			this.result.resources.set(named(rule.target, name) + extension, file);
	}

	/** The SDK's build puts all objects into one folder. */
	#addSource(file: string): void {
		const twin = this.result.sources.find(other => basename(other) === basename(file));
		if (twin)
			throw new Error(
				`${relative(root, twin)} and ${relative(root, file)} have the same name: mcconfig cannot build both, so rename one.`,
			);
		this.result.sources.push(file);
	}

	finish(): Manifest {
		for (const rule of this.#rules) this.#apply(rule);
		for (const rule of this.#resourceRules) this.#applyResource(rule);
		const names = [...this.result.modules.keys()];
		const wanted = (name: string) =>
			this.#preload.some(pattern => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
		this.result.preload = names.filter(wanted);
		this.result.headerFolders = [...new Set(this.result.headerFolders)];
		this.result.debianPackages = [...new Set(this.result.debianPackages)].filter(name => name.length > 0);
		return this.result;
	}
}

/**
 * Reads manifests and what they include, as one firmware.
 * @param platform as mcconfig's -p names it
 * @throws Error of one sentence for a manifest that cannot be read, or two C files of the same name
 */
export function readManifests(paths: readonly string[], platform = "host"): Manifest {
	const reader = new Reader(platform);
	for (const path of paths) reader.include(path);
	return reader.finish();
}
