// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bundle, bundled } from "../../../tools/lib/bundle.mjs";

const program = "tools/greet/main.ts";
const part = "tools/greet/words.ts";

/** A project of its own, with a program that prints the word of another file. */
class Project {
	readonly root = mkdtempSync(join(tmpdir(), "bundle-"));

	constructor() {
		this.write("package.json", '{ "type": "module" }');
		this.write(program, 'import { word } from "./words.js";\nconsole.log(word);\n');
		this.write(part, 'export const word: string = "one";\n');
	}

	write(path: string, text: string): void {
		mkdirSync(dirname(join(this.root, path)), { recursive: true });
		writeFileSync(join(this.root, path), text);
	}

	bundle(...programs: string[]): Promise<string> {
		return bundle(this.root, "greet", programs.length === 0 ? [program] : programs);
	}

	/** What the program of a bundle prints. */
	async output(): Promise<string> {
		return execFileSync(process.execPath, [bundled(await this.bundle(), program)], { encoding: "utf8" }).trim();
	}
}

const test = suite<{ project: Project }>("bundles of programs");

/** Sources that have just been written may change again with the same time: such a bundle is not kept. */
const untilOld = () => sleep(300);

test.before.each(async context => {
	context.project = new Project();
	await untilOld();
});

test.after.each(({ project }) => rmSync(project.root, { recursive: true }));

test("the same sources have the same bundle", async ({ project }) => {
	const first = await project.bundle();
	assert.is(await project.output(), "one");
	assert.is(await project.bundle(), first);
});

test("a change that keeps length and modification time is noticed", async ({ project }) => {
	const seconds = 1_000_000_000;
	utimesSync(join(project.root, part), seconds, seconds);
	await untilOld();
	assert.is(await project.output(), "one");
	project.write(part, 'export const word: string = "two";\n');
	utimesSync(join(project.root, part), seconds, seconds);
	assert.is(await project.output(), "two");
});

test("a bundle of a source that has just changed is not kept", async ({ project }) => {
	project.write(part, 'export const word: string = "two";\n');
	const early = await project.bundle();
	assert.is.not(await project.bundle(), early);
	assert.is(await project.output(), "two");
});

test("a file that the program does not import changes nothing", async ({ project }) => {
	const first = await project.bundle();
	project.write("tools/other/main.ts", "console.log(1);\n");
	assert.is(await project.bundle(), first);
});

test("another version of a package makes another bundle", async ({ project }) => {
	const first = await project.bundle();
	project.write("package.json", '{ "type": "module", "version": "2.0.0" }');
	assert.is.not(await project.bundle(), first);
});

test("a program more is another bundle", async ({ project }) => {
	const first = await project.bundle();
	project.write("tools/other/main.ts", "console.log(1);\n");
	assert.is.not(await project.bundle(program, "tools/other/main.ts"), first);
});

test("a bundle that is gone is made again", async ({ project }) => {
	rmSync(await project.bundle(), { recursive: true });
	assert.is(await project.output(), "one");
});

test("a bundle whose program is gone is made again", async ({ project }) => {
	rmSync(bundled(await project.bundle(), program));
	assert.is(await project.output(), "one");
});

test("a record that is damaged is as none", async ({ project }) => {
	const record = join(project.root, "build", "bundles", "greet.json");
	for (const text of ["", '{ "made": "', "null", "[]", '{ "programs": 1 }']) {
		await project.bundle();
		writeFileSync(record, text);
		assert.is(await project.output(), "one", text);
	}
});

test("a file that is added where an import finds it first is noticed", async ({ project }) => {
	assert.is(await project.output(), "one");
	project.write(part.replace(".ts", ".js"), 'export const word = "two";\n');
	assert.is(await project.output(), "two");
});

test("a symbolic link: changes of its target, also outside of the project, and another target are noticed", async ({
	project,
}) => {
	const outside = new Project();
	const link = join(project.root, part);
	rmSync(link);
	symlinkSync(join(outside.root, part), link);
	await untilOld();
	assert.is(await project.output(), "one");
	outside.write(part, 'export const word: string = "two";\n');
	await untilOld();
	assert.is(await project.output(), "two");
	project.write("tools/greet/more.ts", 'export const word: string = "three";\n');
	await untilOld();
	assert.is(await project.output(), "two");
	rmSync(link);
	symlinkSync("more.ts", link);
	assert.is(await project.output(), "three");
	rmSync(outside.root, { recursive: true });
});

test("a source that does not parse leaves no bundle, and the corrected one is taken", async ({ project }) => {
	await project.bundle();
	project.write(part, "export const word = ;\n");
	const refusal = await project.bundle().then(
		() => undefined,
		(error: Error) => error.message,
	);
	assert.match(refusal ?? "a bundle was made", /words\.ts:1:20: ERROR/);
	assert.is(readdirSync(join(project.root, "build", "bundles", "greet")).length, 1, "the one before");
	project.write(part, 'export const word: string = "two";\n');
	assert.is(await project.output(), "two");
});

test("no more than four bundles of a name are kept", async ({ project }) => {
	for (let version = 0; version < 6; version++) {
		project.write(part, `export const word: string = "${version}";\n`);
		await project.bundle();
	}
	const folder = join(project.root, "build", "bundles", "greet");
	assert.is(readdirSync(folder).length, 4);
	assert.match(readFileSync(bundled(await project.bundle(), program), "utf8"), /"5"/);
});

test.run();
