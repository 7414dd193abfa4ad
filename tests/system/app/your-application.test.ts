// SPDX-License-Identifier: MIT
/** What docs/your-application.md tells to do, done in a copy of the project. */
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { filesBelow } from "../../../tools/build/files.js";
import { root } from "../../../tools/lib/root.js";

const page = readFileSync(join(root, "docs", "your-application.md"), "utf8");

function codeOf(text: string): string {
	const [, code] = /```ts\n([^]*?)```/.exec(text) ?? [];
	assert.ok(code);
	return code;
}

/** The changes of main.ts: before and after, each. */
function changesOf(text: string): [string, string][] {
	const [, diff = ""] = /```diff\n([^]*?)```/.exec(text) ?? [];
	const side = (change: string[], sign: string) =>
		change.filter(line => line.startsWith(sign) || line.startsWith(" ")).map(line => line.slice(1));
	return diff
		.trimEnd()
		.split("\n\n")
		.map(change => change.split("\n"))
		.map(change => [side(change, "-").join("\n"), side(change, "+").join("\n")]);
}

/** The files that the page copies: from, to a folder. */
function copiesOf(text: string): [string, string][] {
	return [...text.matchAll(/^cp (examples\/\S+) (\S+\/)$/gm)].map(([, from = "", to = ""]) => [from, to]);
}

function copyOfProject(folder: string): string {
	const project = join(folder, "project");
	const left = ["state", "node_modules", ".git"].map(name => join(root, name));
	cpSync(root, project, { recursive: true, preserveTimestamps: true, filter: path => !left.includes(path) });
	symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
	// What is built is of these sources: it is not made again for being older than the copy of them.
	const now = new Date();
	for (const folder of ["build/host", "build/firmware"])
		for (const file of filesBelow(join(project, folder))) utimesSync(file, now, now);
	return project;
}

/** Makes the changes of the page in a copy of the project. */
function follow(project: string): void {
	const copies = copiesOf(page);
	assert.is(copies.length, 2);
	for (const [from, to] of copies) cpSync(join(project, from), join(project, to, basename(from)));
	writeFileSync(join(project, "app", "thermometer.ts"), codeOf(page));
	let main = readFileSync(join(project, "main.ts"), "utf8");
	const changes = changesOf(page);
	assert.is(changes.length, 4);
	for (const [from, to] of changes) {
		assert.ok(main.includes(from), `main.ts has: ${from}`);
		main = main.replace(from, () => to);
	}
	writeFileSync(join(project, "main.ts"), main);
}

/** The lines of a command that runs until it is stopped. */
class Running {
	readonly #child: ChildProcessByStdio<null, Readable, null>;
	readonly #ended: Promise<unknown>;
	readonly #lines: AsyncIterator<string>;

	constructor(project: string, args: readonly string[]) {
		this.#child = spawn(process.execPath, ["tools/run.mjs", ...args], {
			cwd: project,
			stdio: ["ignore", "pipe", "inherit"],
		});
		this.#ended = once(this.#child, "close");
		this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
	}

	/** The next line that matches; those before it are passed over. */
	async next(pattern: RegExp): Promise<RegExpExecArray> {
		for (;;) {
			const { value, done } = await this.#lines.next();
			if (done) throw new Error(`the command ended before it printed ${pattern}`);
			const match = pattern.exec(value);
			if (match) return match;
		}
	}

	async stop(): Promise<void> {
		this.#child.kill("SIGTERM");
		await this.#ended;
	}
}

test("the thermometer of the page publishes, and takes commands", async () => {
	await build();
	const folder = mkdtempSync(join(tmpdir(), "se050-"));
	const project = copyOfProject(folder);
	let start: Running | undefined;
	try {
		follow(project);
		start = new Running(project, ["start", "--devices", "1", "--topic", "cellar"]);
		const [, port = "", url = ""] = await start.next(/device endpoint .* port (\d+), control plane (\S+)/);
		await start.next(/device-1 .* measured +celsius=2\d/);
		await start.next(/device-1 .* puback +id=\d+/);
		const command = async (text: string) => {
			const args = ["mqtt", "pub", "cellar/command", text, "--port", port, "--control-url", url];
			const { status } = spawnSync(process.execPath, ["tools/run.mjs", ...args], { cwd: project, stdio: "inherit" });
			assert.is(status, 0);
			return (await start?.next(/device-1 .* command +interval=(.*)/))?.[1];
		};
		assert.is(await command('{"interval": 1}'), '"not understood"');
		assert.is(await command("{"), '"not understood"');
		assert.is(await command('{"interval": 1000}'), "1000");
		await start.next(/device-1 .* measured /);
	} finally {
		await start?.stop();
		rmSync(folder, { recursive: true });
	}
});

test.run();
