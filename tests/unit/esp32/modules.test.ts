// SPDX-License-Identifier: MIT
/** What the board imports is what mcconfig builds: the type check looks for files, the board for names of modules. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readManifests } from "../../../tools/build/manifest.js";
import { root } from "../../../tools/lib/root.js";

const modulesOf = (build: string) => readManifests([join(root, build)], "esp32").modules;

/** What a file imports at run time. */
function importsOf(file: string): string[] {
	const text = readFileSync(file, "utf8");
	return [...text.matchAll(/^import (?!type )[^;]*?"([^"]+)";/gm)].map(match => match[1] ?? "");
}

/** Modules that the SDK's manifests bring. */
const isOfSdk = (name: string): boolean => /^(embedded:|mc\/|[A-Za-z0-9]+$)/.test(name);

/** The module's name at run time, and the file that the type check takes for it. */
function resolve(name: string, file: string, imported: string): { target: string; checked?: string } {
	if (!imported.startsWith(".")) return { target: imported };
	const path = imported.replace(/\.js$/, "");
	return { target: join(dirname(name), path), checked: `${join(dirname(file), path)}.ts` };
}

const builds = [
	"manifest.json",
	"esp32/uart.json",
	"esp32/emulator/manifest.json",
	...readdirSync(join(root, "esp32/ethernet"))
		.map(board => `esp32/ethernet/${board}/manifest.json`)
		.filter(path => existsSync(join(root, path))),
];

for (const build of builds)
	test(`${build}: each module that is imported is in the build, and each of the platform is imported`, () => {
		const modules = modulesOf(build);
		const used = new Set<string>();
		for (const [name, file] of modules)
			for (const imported of importsOf(file)) {
				const { target, checked } = resolve(name, file, imported);
				const found = modules.get(target);
				const where = `${relative(root, file)} imports ${imported}`;
				assert.ok(found ?? isOfSdk(target), `${where}, which is not in the build`);
				assert.is(checked ?? found, found, `${where}, which is another file in the build`);
				used.add(target);
			}
		const unused = [...modules.keys()].filter(name => name.startsWith("platform/") && !used.has(name));
		assert.equal(unused, []);
	});

test("builds differ in their networks", () => {
	assert.is(modulesOf("manifest.json").get("platform/links"), join(root, "esp32/platform/links.ts"));
	assert.is(modulesOf("esp32/emulator/manifest.json").get("platform/links"), join(root, "esp32/ethernet/links.ts"));
	assert.not(modulesOf("manifest.json").has("platform/wire"));
});

test("an emulated board has its chip on the second serial port, a real one on two pins", () => {
	const busOf = (build: string) => readManifests([join(root, build)], "esp32").config.bus;
	assert.is(busOf("esp32/emulator/manifest.json"), "uart:tx=17,rx=16");
	assert.is(busOf("esp32/ethernet/olimex-esp32-poe/manifest.json"), "i2c:sda=13,scl=16");
});

test.run();
