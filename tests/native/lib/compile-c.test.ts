// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";
import { root } from "../../../tools/lib/root.js";

const folder = mkdtempSync(join(tmpdir(), "compile-c-"));
const name = basename(folder);
const made = join(root, "build", "tests");
const objects = join(made, "objects");
test.after(() => {
	rmSync(folder, { recursive: true });
	for (const each of [made, objects])
		for (const file of readdirSync(each)) if (file.includes(name)) rmSync(join(each, file));
});

/** A C source with a name that no other test has; its path from the project's folder. */
function source(letter: string, text: string): string {
	const path = join(folder, `${name}-${letter}.c`);
	writeFileSync(path, text);
	return relative(root, path);
}

const main = (value: string) => `int shared(void);\nint main(void)\n{\n\treturn shared() + ${value};\n}\n`;
const shared = source("shared", '#include "value.h"\nint shared(void);\nint shared(void)\n{\n\treturn VALUE;\n}\n');
const setValue = (value: number) => writeFileSync(join(folder, "value.h"), `#define VALUE ${value}\n`);
/** All there from the beginning: a new file in a folder may be included by the others. */
const mains = { a: source("a", main("1")), b: source("b", main("2")), c: source("c", main("3")) };
const broken = source("broken", "int main(void)\n{\n\treturn missing;\n}\n");
const program = (letter: keyof typeof mains, flags: string[] = []) =>
	compile({ name: `${name}-${letter}`, sources: [mains[letter], shared], flags });
const statusOf = (executable: string) => spawnSync(executable).status;
const compiledAt = () =>
	readdirSync(objects)
		.filter(file => file.startsWith(`${name}-shared-`) && file.endsWith(".o"))
		.map(file => statSync(join(objects, file)).mtimeMs);

test("a source that two programs share is compiled once, and again when a header changes or a flag differs", async () => {
	setValue(10);
	assert.is(statusOf(await program("a")), 11);
	const first = compiledAt();
	assert.is(first.length, 1);
	assert.is(statusOf(await program("b")), 12);
	assert.equal(compiledAt(), first);
	setValue(20);
	assert.is(statusOf(await program("a")), 21);
	assert.is(statusOf(await program("b")), 22);
	assert.is.not(compiledAt()[0], first[0]);
	assert.is(statusOf(await program("c", ["-DUNUSED"])), 23);
	assert.is(compiledAt().length, 2);
});

test("programs that need the same object at the same time get it", async () => {
	setValue(30);
	assert.equal((await Promise.all([program("a"), program("b")])).map(statusOf), [31, 32]);
});

test("an error of the compiler is the compiler's own words, and nothing is kept", async () => {
	const attempt = () =>
		compile({ name: `${name}-broken`, sources: [broken] }).then(
			executable => `${executable} was made`,
			(error: Error) => error.message,
		);
	assert.match(await attempt(), /error: .missing. undeclared/);
	assert.match(await attempt(), /error: .missing. undeclared/);
});

test.run();
