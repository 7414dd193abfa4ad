// SPDX-License-Identifier: MIT
// Bundles the Node programs of this project with esbuild, so that starting one reads a few files and compiles nothing.
// Plain JavaScript, as run.mjs needs it before anything is bundled; bundle.d.mts has its types.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { withLock } from "./lock.mjs";

/** What esbuild must not take in: native code, programs, and what each process has once. */
const external = ["serialport", "esbuild", "playwright-core", "typescript", "uvu", "uvu/*"];

/** Folders whose TypeScript a set of programs may import, and which of their files are programs. */
const sets = {
	tools: {
		folders: ["tools", "se050", "app", "modules"],
		isProgram: path => /^tools\/[^/]+\/main\.ts$/.test(path),
	},
	tests: {
		folders: ["tests", "tools", "se050", "app", "modules", "host", "esp32"],
		isProgram: path => /^tests\/(unit|native|system)\/.*\.test\.ts$/.test(path),
	},
};

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

/** How many bundles of a set are kept: programs that still run load parts of theirs late. */
const kept = 4;

function scripts(root, folder) {
	return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
		const path = `${folder}/${entry.name}`;
		if (entry.isDirectory()) return scripts(root, path);
		return /\.m?ts$|\.mjs$/.test(entry.name) ? [path] : [];
	});
}

/** A hash of all that the bundle is made from: sources, packages, this file. */
function keyOf(root, paths) {
	const hash = createHash("sha256");
	for (const path of ["package.json", "tsconfig.json", ...paths])
		hash
			.update(`${path}\0`)
			.update(readFileSync(join(root, path)))
			.update("\0");
	return hash.digest("hex").slice(0, 20);
}

function removeOld(folder, current) {
	const old = readdirSync(folder)
		.filter(name => name !== current)
		.map(name => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
		.sort((one, other) => other.time - one.time)
		.slice(kept - 1);
	for (const { path } of old) rmSync(path, { recursive: true, force: true });
}

async function make(root, programs, output) {
	const { build, stop } = await import("esbuild");
	const partial = `${output}.partial`;
	rmSync(partial, { recursive: true, force: true });
	await build({
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
		sourcemap: true,
		sourcesContent: false,
		external,
		plugins: [reflection],
		banner: { js: banner },
		logLevel: "error",
	});
	await stop(); // else its process runs as long as this one
	renameSync(partial, output);
}

export async function bundle(root, name) {
	const { folders, isProgram } = sets[name];
	const paths = folders.flatMap(folder => scripts(root, folder)).sort();
	const folder = join(root, "build", "bundles", name),
		key = keyOf(root, paths),
		output = join(folder, key);
	if (existsSync(output)) return output;
	await withLock(join(root, "build", `bundle-${name}.lock`), async () => {
		if (existsSync(output)) return;
		await make(root, paths.filter(isProgram), output);
		removeOld(folder, key);
	});
	return output;
}

export function bundled(root, folder, path) {
	return join(folder, relative(root, join(root, path)).replace(/\.ts$/, ".js"));
}
