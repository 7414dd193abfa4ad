// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../tools/lib/root.js";

/** What XS cannot keep in flash: a module that makes one at its top level cannot be preloaded. */
const unshareable = /(?:=|\(|\[|:|,|return)\s*\/[^/*]|new (?:Map|Set|WeakMap|WeakSet|Promise|RegExp)\b/;

function sources(folder: string): string[] {
	return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
		.filter(name => name.endsWith(".ts") && !name.endsWith(".d.ts"))
		.map(name => join(folder, name));
}

function topLevelLines(source: string): string[] {
	return source.split("\n").filter(line => /^(?:export )?(?:const|let|var)\b/.test(line));
}

test("the rule finds what it looks for", () => {
	for (const line of [
		"const a = /x/;",
		"const b = new Map();",
		"export const c = [/x/g];",
		'const d = Object.freeze(new RegExp("x"));',
	])
		assert.match(line, unshareable);
	for (const line of ["const a = 1 / 2;", 'const b = "a/b";', "const c = x => 1; // or"])
		assert.not.match(line, unshareable);
});

test("no module of the firmware makes a RegExp, Map or Promise at its top level, so that all can be preloaded", () => {
	const found = ["main.ts", ...sources("se050"), ...sources("modules")].flatMap(file =>
		topLevelLines(readFileSync(join(root, file), "utf8"))
			.filter(line => unshareable.test(line))
			.map(line => `${file}: ${line}`),
	);
	assert.equal(found, []);
});

test.run();
