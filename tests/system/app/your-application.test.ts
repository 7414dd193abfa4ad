// SPDX-License-Identifier: MIT
/** What docs/your-application.md tells to do, done in a copy of the project. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { root } from "../../../tools/lib/root.js";

const page = readFileSync(join(root, "docs", "your-application.md"), "utf8");

function codeOf(text: string): string {
	const [, code] = /```ts\n([^]*?)```/.exec(text) ?? [];
	assert.ok(code);
	return code;
}

/** The rows of the table that says what to change in main.ts. */
function changesOf(text: string): [string, string][] {
	return [...text.matchAll(/^\| `([^`]+;|[^`]+\{|[^`]+,)` \| `([^`]+)` \|$/gm)].map(([, from = "", to = ""]) => [
		from,
		to,
	]);
}

function copyOfProject(folder: string): string {
	const project = join(folder, "project");
	const left = ["state", "node_modules", ".git"].map(name => join(root, name));
	cpSync(root, project, { recursive: true, preserveTimestamps: true, filter: path => !left.includes(path) });
	symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
	return project;
}

/** Starts one device in the copy; resolves with the first line that matches. */
async function firstLine(project: string, pattern: RegExp): Promise<string | undefined> {
	const child = spawn(process.execPath, ["tools/run.mjs", "start", "--devices", "1"], {
		cwd: project,
		stdio: ["ignore", "pipe", "inherit"],
	});
	const ended = once(child, "close");
	try {
		for await (const line of createInterface({ input: child.stdout })) if (pattern.test(line)) return line;
		return undefined;
	} finally {
		child.kill("SIGTERM");
		await ended;
	}
}

test("the thermometer of the page publishes, and AWS IoT acknowledges", async () => {
	await build();
	const folder = mkdtempSync(join(tmpdir(), "se050-"));
	try {
		const project = copyOfProject(folder);
		writeFileSync(join(project, "app", "thermometer.ts"), codeOf(page));
		let main = readFileSync(join(project, "main.ts"), "utf8");
		const changes = changesOf(page);
		assert.is(changes.length, 3);
		for (const [from, to] of changes) {
			assert.ok(main.includes(from), `main.ts has: ${from}`);
			main = main.replace(from, to);
		}
		writeFileSync(join(project, "main.ts"), main);
		assert.match((await firstLine(project, /puback/)) ?? "", /device-1 .* puback +id=\d+/);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test.run();
