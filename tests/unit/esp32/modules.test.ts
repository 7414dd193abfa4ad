// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../../tools/lib/root.js";

interface Manifest {
	include?: string | string[];
	modules?: Record<string, string | string[]>;
	platforms?: { esp32?: Manifest };
}

function list<T>(value: T | T[] | undefined): T[] {
	return value === undefined ? [] : ([value].flat() as T[]);
}

/** The modules of a build by their names, each with its TypeScript file: of the project's own manifests, as mcconfig reads them. */
function modulesOf(path: string): Map<string, string> {
	const found: [name: string, file: string][] = [];
	const left = new Set<string>();
	const read = (folder: string, { include, modules = {}, platforms }: Manifest) => {
		for (const file of list(include).filter(name => !name.startsWith("$"))) open(join(folder, file));
		for (const [name, sources] of Object.entries(modules))
			for (const source of list(sources).filter(text => !text.startsWith("$"))) {
				const file = join(folder, source);
				if (name === "~") left.add(file);
				else if (!source.endsWith("*")) found.push([name.replace(/\*$/, file.split("/").pop() ?? ""), file]);
				else
					for (const entry of readdirSync(dirname(file)))
						found.push([
							name.replace(/\*$/, entry.replace(/\.ts$/, "")),
							join(dirname(file), entry.replace(/\.ts$/, "")),
						]);
			}
		if (platforms?.esp32) read(folder, platforms.esp32);
	};
	const open = (file: string) => read(dirname(file), JSON.parse(readFileSync(file, "utf8")) as Manifest);
	open(join(root, path));
	const isTypeScript = (file: string) => existsSync(`${file}.ts`);
	return new Map(found.filter(([, file]) => !left.has(file) && isTypeScript(file)));
}

/** What a file imports at run time. */
function importsOf(file: string): string[] {
	const text = readFileSync(`${file}.ts`, "utf8");
	return [...text.matchAll(/^import (?!type )[^;]*?"([^"]+)";/gm)].map(match => match[1] ?? "");
}

/** Modules that the SDK's manifests bring. */
const isOfSdk = (name: string): boolean => /^(embedded:|mc\/|[A-Za-z0-9]+$)/.test(name);

const builds = [
	"manifest.json",
	"esp32/uart.json",
	"esp32/emulator/manifest.json",
	...readdirSync(join(root, "esp32/ethernet"))
		.map(board => `esp32/ethernet/${board}/manifest.json`)
		.filter(path => existsSync(join(root, path))),
];

/** The module's name at run time, and the file that the type check takes for it. */
function resolve(name: string, file: string, imported: string): { target: string; checked?: string } {
	if (!imported.startsWith(".")) return { target: imported };
	const path = imported.replace(/\.js$/, "");
	return { target: join(dirname(name), path), checked: join(dirname(file), path) };
}

for (const build of builds)
	test(`${build}: each module that is imported is in the build, and each of the platform is imported`, () => {
		const modules = modulesOf(build);
		const used = new Set<string>();
		for (const [name, file] of modules)
			for (const imported of importsOf(file)) {
				const { target, checked } = resolve(name, file, imported);
				const found = modules.get(target);
				const where = `${relative(root, file)}.ts imports ${imported}`;
				assert.ok(found ?? isOfSdk(target), `${where}, which is not in the build`);
				assert.is(checked ?? found, found, `${where}, which is another file in the build`);
				used.add(target);
			}
		const unused = [...modules.keys()].filter(name => name.startsWith("platform/") && !used.has(name));
		assert.equal(unused, []);
	});

test("builds differ in their networks", () => {
	const links = (build: string) => modulesOf(build).get("platform/links")?.slice(root.length);
	assert.match(links("manifest.json") ?? "", /platform\/links$/);
	assert.match(links("esp32/emulator/manifest.json") ?? "", /ethernet\/links$/);
	assert.is(modulesOf("manifest.json").has("platform/wire"), false);
});

test.run();
