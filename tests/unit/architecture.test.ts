// SPDX-License-Identifier: MIT
/** The table "may know" of docs/architecture.md against the imports in the tree. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../tools/lib/root.js";

interface Rule {
	/** A folder, or a file, from the project's folder. */
	folder: string;
	/** Folders and module names that it may import; undefined: everything. */
	known: readonly string[] | undefined;
}

interface Import {
	from: string;
	/** The file or folder, from the project's folder; of a module name, the name. */
	to: string;
	isType: boolean;
}

/** Folders of the firmware: among them, types may be imported freely. */
const firmware = ["app", "modules/iot", "modules/tls", "se050", "host", "esp32"];

/** Rows `| folders | what | may know |` of the first table under "Tree". */
function readRules(): Rule[] {
	const text = readFileSync(join(root, "docs", "architecture.md"), "utf8");
	const section = text.slice(text.indexOf("## Tree"), text.indexOf("\n## ", text.indexOf("## Tree") + 1));
	const rows = section.split("\n").filter(line => /^\|/.test(line) && !/^\|\s*(folder|-)/.test(line));
	const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace(/\/$/, ""));
	return rows.flatMap(row => {
		const [, folders = "", , known = ""] = row.split("|");
		const isEverything = /^\s*everything\s*$/.test(known);
		return names(folders).map(folder => ({ folder, known: isEverything ? undefined : names(known) }));
	});
}

function sourcesBelow(path: string): string[] {
	return readdirSync(join(root, path), { withFileTypes: true }).flatMap(entry => {
		const child = join(path, entry.name);
		if (entry.isDirectory()) return ["node_modules", "build", "state"].includes(entry.name) ? [] : sourcesBelow(child);
		return /\.m?[tj]s$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [child] : [];
	});
}

const sources = [
	"main.ts",
	...["app", "modules", "se050", "host", "esp32", "examples", "tools", "tests"].filter(name =>
		existsSync(join(root, name)),
	),
].flatMap(name => (name.endsWith(".ts") ? [name] : sourcesBelow(name)));

/** Comments off; a string that contains "//" stays whole, as it has no space before. */
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, "$1");

const statement = /\b(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;

function importsOf(file: string): Import[] {
	const text = withoutComments(readFileSync(join(root, file), "utf8"));
	return [...text.matchAll(statement)].map(([, type, named, dynamic]) => {
		const to = named ?? dynamic ?? "";
		return { from: file, to: to.startsWith(".") ? join(dirname(file), to) : to, isType: type !== undefined };
	});
}

const imports = sources.flatMap(importsOf);

function isBelow(path: string, folder: string): boolean {
	return (
		path === folder || path.startsWith(`${folder}/`) || path.replace(/\.m?[tj]s$/, "") === folder.replace(/\.m?ts$/, "")
	);
}

/** The rule of a file: the one with the longest folder. */
function ruleOf(rules: readonly Rule[], path: string): Rule | undefined {
	return rules.filter(({ folder }) => isBelow(path, folder)).sort((a, b) => b.folder.length - a.folder.length)[0];
}

/** Folders of the tree, by the names under which manifests publish their modules. */
const published: Readonly<Record<string, string>> = { tls: "modules/tls", iot: "modules/iot", main: "main.ts" };

/** What an import reaches in this tree; undefined for packages and for the platform's modules. */
function target({ to }: Import): string | undefined {
	const [first = "", ...rest] = to.split("/");
	const path = [published[first] ?? first, ...rest].join("/");
	const isPlatform = /^host\/(machine|usage|freeze|input)/.test(to);
	const isOurs = /^(main(\.ts)?$|(app|se050|modules|host|esp32|tools|tests)\/)/.test(path) && !isPlatform;
	return isOurs ? path : undefined;
}

function isFree(from: string, to: string, isType: boolean): boolean {
	return isType && [from, to].every(path => firmware.some(folder => isBelow(path, folder)));
}

test("the table has a row for each folder with sources", () => {
	const rules = readRules();
	assert.ok(rules.length > 8, "the table was read");
	const unknown = sources.filter(file => !/^(tools|tests)\//.test(file) && !ruleOf(rules, file));
	assert.equal(unknown, []);
});

test("no folder imports what the table does not let it know", () => {
	const rules = readRules();
	const wrong = imports.flatMap(one => {
		const to = target(one),
			rule = ruleOf(rules, one.from);
		if (to === undefined || rule?.known === undefined || isBelow(to, rule.folder)) return [];
		if (rule.known.some(folder => isBelow(to, folder)) || isFree(one.from, to, one.isType)) return [];
		return [`${one.from} imports ${to}`];
	});
	assert.equal(wrong, []);
});

test("nothing imports from tests/, and only tools and tests import from tools/", () => {
	const wrong = imports.filter(({ from, to }) => {
		if (from.startsWith("tests/")) return false;
		return to.startsWith("tests/") || (to.startsWith("tools/") && !from.startsWith("tools/"));
	});
	assert.equal(wrong, []);
});

test("a tool imports of another one only what lies at the top of its folder", () => {
	const wrong = imports.filter(({ from, to }) => {
		const [, tool] = /^tools\/([^/]+)\//.exec(from) ?? [];
		const [, other, inside] = /^tools\/([^/]+)\/(.+)$/.exec(to) ?? [];
		return tool !== undefined && other !== undefined && other !== tool && other !== "lib" && inside?.includes("/");
	});
	assert.equal(wrong, []);
});

test.run();
