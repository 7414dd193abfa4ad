#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The door of every npm script. Plain JavaScript without dependencies: it must run before `npm ci` has.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle, bundled } from "./lib/bundle.mjs";
import { candidates, scripts } from "./lib/completion.mjs";
import { withLock } from "./lib/lock.mjs";
import { endWithNpm, endWithReader, systemErrorSentence } from "./lib/process-end.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, "package-lock.json");
const stamp = join(root, "node_modules", ".lock-sha256");

/** An error before the command has begun; with --json in the form of tools/lib/json-lines.ts, too. */
function fail(message) {
	const seconds = Number((performance.now() / 1_000).toFixed(3));
	if (process.argv.includes("--json")) console.log(JSON.stringify({ seconds, source: name, event: "error", message }));
	console.error(message);
	process.exit(1);
}

function checkNode() {
	const major = Number(process.versions.node.split(".")[0]);
	if (major < 20) fail(`Node ${process.versions.node} is too old: this project needs Node 20 or newer.`);
}

/** A line that shows the time that passes, on a terminal; elsewhere one line. The library for that is not installed yet. */
function showTime(what) {
	const { stderr } = process;
	if (!stderr.isTTY) console.error(`${what} …`);
	const begin = performance.now();
	const draw = () => stderr.write(`\r${what} … ${((performance.now() - begin) / 1_000).toFixed(0)} s`);
	const timer = stderr.isTTY ? setInterval(draw, 250) : undefined;
	return () => {
		clearInterval(timer);
		if (stderr.isTTY) stderr.write("\n");
	};
}

/** Ends the command when npm fails; npm itself has printed why. */
async function npmCi() {
	const endLine = showTime("Installing npm packages");
	const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
	const npm = spawn("npm", ["ci", ...options], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
	const stop = () => npm.kill();
	process.once("exit", stop);
	let words = "";
	npm.stderr.setEncoding("utf8").on("data", text => (words += text));
	const failure = await new Promise(resolve => {
		npm.on("error", error => resolve(error.message));
		npm.on("close", (status, signal) => resolve(status === 0 ? undefined : (signal ?? `status ${status}`)));
	});
	process.off("exit", stop);
	endLine();
	process.stderr.write(words);
	if (failure === undefined) return;
	const remedy = /ENOSPC/.test(words)
		? "the disk is full. Free some space, then run the command again"
		: "check that npm can reach its registry, then run the command again";
	fail(`npm ci failed (${failure}): ${remedy}.`);
}

/** Installs the npm packages of package-lock.json, once for each content of it; of programs that start at the same time, one does. */
async function installPackages() {
	if (!existsSync(lockFile)) return; // a project that has installed this package has installed what it needs
	const hash = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
	const installed = () => existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
	if (installed()) return;
	await withLock(
		join(root, "build", "npm.lock"),
		async () => {
			if (installed()) return;
			await npmCi();
			writeFileSync(stamp, hash);
		},
		"installing npm packages",
	);
}

/** The commands, in alphabetical order. */
function commands() {
	return readdirSync(join(root, "tools")).filter(tool => existsSync(join(root, "tools", tool, "main.ts")));
}

function printVersion() {
	console.log(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
}

function printUsage() {
	console.log(`Usage: npx moddable-se050 COMMAND [OPTIONS]   (or: npm run COMMAND -- [OPTIONS])

Commands: ${commands().join(", ")}
COMMAND --help lists the options of a command.
completion bash (zsh, fish) prints the completion script of a shell: source <(npx moddable-se050 completion bash)`);
}

/** Prints a shell's completion script, or the words that the script asks for. */
function complete(shell = "", ...given) {
	const program = join(root, "tools", "run.mjs");
	if (shell === "words") return console.log(candidates(program, commands(), given).join("\n"));
	if (!Object.hasOwn(scripts, shell))
		fail(
			"Name the shell: npx moddable-se050 completion bash, zsh or fish. To use it in this bash or zsh: source <(npx moddable-se050 completion bash)",
		);
	console.log(scripts[shell](program));
}

const own = {
	"--help": printUsage,
	"-h": printUsage,
	"--version": printVersion,
	completion: complete,
};

async function run(name, rest) {
	const source = `tools/${name}/main.ts`;
	if (!existsSync(join(root, source)))
		fail(`There is no command "${name}". The commands are: ${commands().join(", ")}, completion.`);
	await installPackages();
	module.enableCompileCache?.(join(root, "build", "compile-cache")); // Node 22 and later
	process.argv = [process.argv[0], join(root, source), ...rest];
	// The AWS SDK would print a warning about future versions of Node at each start; package.json pins one that runs on Node 20.
	process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
	await import(pathToFileURL(bundled(await bundle(root, name, [source]), source)).href);
}

function explain(error) {
	if (error.errors) return "The commands could not be bundled: the lines above say why."; // esbuild has printed them
	return systemErrorSentence(error);
}

const [name = "--help", ...rest] = process.argv.slice(2);
checkNode();
endWithReader();
endWithNpm();
try {
	await (Object.hasOwn(own, name) ? own[name](...rest) : run(name, rest));
} catch (error) {
	const sentence = explain(error);
	if (sentence === undefined) throw error;
	fail(sentence);
}
