#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The door of every npm script. Plain JavaScript without dependencies: it must run before `npm ci` has.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle, bundled } from "./lib/bundle.mjs";
import { withLock } from "./lib/lock.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, "package-lock.json");
const stamp = join(root, "node_modules", ".lock-sha256");

function fail(message) {
	console.error(message);
	process.exit(1);
}

function checkNode() {
	const major = Number(process.versions.node.split(".")[0]);
	if (major < 20) fail(`Node ${process.versions.node} is too old: this project needs Node 20 or newer.`);
}

function npmCi() {
	console.error("Installing npm packages …");
	const { status, error } = spawnSync(
		"npm",
		["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
		{ cwd: root, stdio: ["ignore", "ignore", "inherit"] },
	);
	if (status !== 0)
		fail(
			`npm ci failed (${error?.message ?? `status ${status}`}): check that npm can reach its registry, then run the command again.`,
		);
}

/** Installs the npm packages of package-lock.json, once for each content of it; of programs that start at once, one does. */
async function installPackages() {
	if (!existsSync(lockFile)) return; // a project that has installed this package has installed what it needs
	const hash = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
	const installed = () => existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
	if (installed()) return;
	await withLock(
		join(root, "build", "npm.lock"),
		() => {
			if (installed()) return;
			npmCi();
			writeFileSync(stamp, hash);
		},
		"installing npm packages",
	);
}

checkNode();
const [name, ...rest] = process.argv.slice(2);
const program = join(root, "tools", name ?? "", "main.ts");
if (!name || !existsSync(program))
	fail(`usage: node tools/run.mjs TOOL [OPTIONS]; there is no tool "${name ?? ""}" in tools/.`);
await installPackages();
module.enableCompileCache?.(join(root, "build", "compile-cache")); // Node 22 and later
process.argv = [process.argv[0], program, ...rest];
// The AWS SDK would speak of Node's future at each start; package.json pins a version that runs on Node 20.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const folder = await bundle(root, "tools").catch(error =>
	fail(`The commands could not be bundled: ${error.errors ? "the lines above say why" : error.message}.`),
);
await import(pathToFileURL(bundled(root, folder, `tools/${name}/main.ts`)).href);
