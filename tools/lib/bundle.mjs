// SPDX-License-Identifier: MIT
// Bundles the Node programs of this project with esbuild, so that starting one reads a few files and compiles nothing.
// Plain JavaScript, as run.mjs needs it before anything is bundled; bundle.d.mts has its types.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileState } from "./file-state.mjs";
import { withLock } from "./lock.mjs";

/** What esbuild must not take in: native code, programs, and what each process has once. */
const external = ["serialport", "esbuild", "playwright-core", "typescript", "uvu", "uvu/*"];

/** CommonJS packages ask for `require`, which modules do not have. */
const banner = [
	'import { createRequire as bundleRequire } from "node:module";',
	"const require = bundleRequire(import.meta.url);",
].join("\n");

/** tsyringe needs the Reflect metadata API when it is loaded, and chunks do not keep the order of imports that have no other link. */
const reflection = {
	name: "reflect-metadata",
	setup: ({ onLoad }) =>
		onLoad({ filter: /\/node_modules\/tsyringe\/.*\/index\.js$/ }, ({ path }) => ({
			contents: `import "reflect-metadata";\n${readFileSync(path, "utf8")}`,
		})),
};

/** What decides about a bundle besides the sources: versions of packages, options. */
const settings = ["package.json", "package-lock.json", "tsconfig.json", "tools/lib/bundle.mjs"];

/** How many bundles of a name are kept: programs that still run load parts of theirs late. */
const kept = 4;

const recordOf = folder => `${folder}.json`;

/** The bundle in a record of an earlier one, if it was made of the same programs and their sources have not changed since. */
function upToDate(root, folder, programs) {
	try {
		const { made, programs: before, files, hash } = JSON.parse(readFileSync(recordOf(folder), "utf8"));
		if (before.join() !== programs.join() || fileState(root, files)?.hash !== hash) return undefined;
		const output = join(folder, made);
		return programs.every(program => existsSync(bundled(output, program))) ? output : undefined;
	} catch {
		return undefined; // there is none, or a power cut left half of one
	}
}

function removeOld(folder) {
	const old = readdirSync(folder)
		.map(name => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
		.sort((one, other) => other.time - one.time)
		.slice(kept);
	for (const { path } of old) rmSync(path, { recursive: true, force: true });
}

/** Packages change with package-lock.json only. Where this project is a package itself, those next to it are packages, too. */
function isOfPackage(root, path) {
	return /(^|\/)node_modules\//.test(path.startsWith("../") ? resolve(root, path) : path);
}

/** @returns the sources that the bundle was made of */
async function make(root, programs, output, partial) {
	const { build, stop } = await import("esbuild");
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: programs,
		outbase: root,
		outdir: partial,
		chunkNames: "chunks/[hash]",
		bundle: true,
		splitting: true,
		format: "esm",
		platform: "node",
		target: "node20",
		mainFields: ["module", "main"],
		minifySyntax: true, // as what is not there is not parsed at each start
		minifyWhitespace: true,
		lineLimit: 120, // Node prints the line of an error that nobody catches
		sourcemap: true,
		sourcesContent: false,
		metafile: true,
		external,
		plugins: [reflection],
		banner: { js: banner },
		logLevel: "error",
	});
	await stop(); // else its process runs as long as this one
	renameSync(partial, output);
	return Object.keys(metafile.inputs).filter(path => !isOfPackage(root, path));
}

/** Makes a bundle, and a record of its sources unless one of them may have changed meanwhile. */
async function makeRecorded(root, folder, programs) {
	const made = `${Date.now().toString(36)}-${process.pid}`;
	const output = join(folder, made);
	const partial = `${output}.partial`;
	rmSync(recordOf(folder), { recursive: true, force: true });
	mkdirSync(partial, { recursive: true });
	const begin = statSync(partial).mtimeMs; // by the clock of the file system, which may be another machine's
	const sources = await make(root, programs, output, partial).catch(error => {
		rmSync(partial, { recursive: true, force: true });
		throw error;
	});
	// A file that is added next to a source may be what its import means from then on.
	const folders = new Set(sources.map(dirname));
	const files = [...sources, ...folders, ...settings.filter(file => existsSync(join(root, file)))];
	const state = fileState(root, files);
	if (state?.isBefore(begin)) {
		const record = `${output}.json`; // on a full disk, a record must not be cut
		writeFileSync(record, JSON.stringify({ made, programs, files, hash: state.hash }));
		renameSync(record, recordOf(folder));
	}
	removeOld(folder);
	return output;
}

export async function bundle(root, name, programs) {
	const folder = join(root, "build", "bundles", name);
	let output = upToDate(root, folder, programs);
	if (output !== undefined) return output;
	await withLock(`${folder}.lock`, async () => {
		output = upToDate(root, folder, programs) ?? (await makeRecorded(root, folder, programs));
	});
	return output;
}

export function bundled(output, path) {
	return join(output, path.replace(/\.ts$/, ".js"));
}
