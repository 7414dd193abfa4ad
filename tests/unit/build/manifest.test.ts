// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Manifest, readManifests } from "../../../tools/build/manifest.js";

const test = suite<{ folder: string }>("manifests");

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "manifest-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Writes files (objects as JSON) and reads manifest.json. */
function read(folder: string, files: Record<string, object | string>): Manifest {
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
	}
	return readManifests([join(folder, "manifest.json")]);
}

function names(folder: string, files: Map<string, string>): Record<string, string> {
	return Object.fromEntries([...files].map(([name, path]) => [name, relative(folder, path)]));
}

test("a star takes every script of a folder, and C and header folders with it", ({ folder }) => {
	const manifest = read(folder, {
		"manifest.json": { modules: { "chip/*": ["./src/*", "./src/native/*"] } },
		"src/a.ts": "",
		"src/b.ts": "",
		"src/types.d.ts": "",
		"src/notes.md": "",
		"src/.hidden.ts": "",
		"src/native/x.c": "",
		"src/native/x.h": "",
	});
	assert.equal(names(folder, manifest.modules), { "chip/a": "src/a.ts", "chip/b": "src/b.ts" });
	assert.equal(
		manifest.sources.map(path => relative(folder, path)),
		["src/native/x.c"],
	);
	assert.equal(
		manifest.headerFolders.map(path => relative(folder, path)),
		["src/native"],
	);
});

test("one base name takes the script and the C of that name", ({ folder }) => {
	const manifest = read(folder, {
		"manifest.json": { modules: { "embedded:io/tcp": "./tcp" } },
		"tcp.ts": "",
		"tcp.c": "",
		"tcp-other.ts": "",
	});
	assert.equal(names(folder, manifest.modules), { "embedded:io/tcp": "tcp.ts" });
	assert.is(manifest.sources.length, 1);
});

test("the part of a name in front of a source's star is not part of the module's name", ({ folder }) => {
	const manifest = read(folder, {
		"manifest.json": { modules: { "mqtt/*": "./mqtt-*" } },
		"mqtt-client.ts": "",
		"other.ts": "",
	});
	assert.equal(names(folder, manifest.modules), { "mqtt/client": "mqtt-client.ts" });
});

test("a tilde leaves files out", ({ folder }) => {
	const manifest = read(folder, {
		"manifest.json": { modules: { "*": "./*" }, platforms: { host: { modules: { "~": ["./bus_esp32"] } } } },
		"main.ts": "",
		"bus_esp32.c": "",
		"bus_sim.c": "",
	});
	assert.equal(
		manifest.sources.map(path => relative(folder, path)),
		["bus_sim.c"],
	);
});

test("includes are read once, first, and those in the SDK are left out", ({ folder }) => {
	const manifest = read(folder, {
		"manifest.json": {
			include: ["$(MODDABLE)/examples/manifest_base.json", "./a/manifest.json", "./a/manifest.json"],
			config: { x: 2 },
			modules: { "*": ["./main", "$(MODULES)/base/timer/*"] },
		},
		"a/manifest.json": { include: "../manifest.json", config: { x: 1, y: { z: 1 } }, modules: { "a/*": "./*" } },
		"a/one.ts": "",
		"main.ts": "",
	});
	assert.equal(names(folder, manifest.modules), { "a/one": "a/one.ts", main: "main.ts" });
	assert.equal(manifest.config, { x: 2, y: { z: 1 } });
});

test("the platform is host, else the one of three dots, and no other", ({ folder }) => {
	const manifest = read(folder, {
		"manifest.json": { include: ["./a.json", "./b.json"] },
		"a.json": { config: { a: 0 }, platforms: { esp32: { config: { a: 1 } }, "...": { config: { a: 2 } } } },
		"b.json": { platforms: { host: { config: { b: 1 } }, "...": { config: { b: 2 } } } },
	});
	assert.equal(manifest.config, { a: 2, b: 1 });
});

test("creation has mcconfig's defaults, overlaid deeply", ({ folder }) => {
	const { creation } = read(folder, { "manifest.json": { creation: { heap: { initial: 512 }, stack: 256 } } });
	assert.equal(creation.heap, { initial: 512, incremental: 64 });
	assert.is(creation.stack, 256);
	assert.equal(creation.chunk, { initial: 32768, incremental: 1024 });
});

test("preload names modules or their beginnings", ({ folder }) => {
	const { preload } = read(folder, {
		"manifest.json": { modules: { "a/*": "./a/*", "*": "./*" }, preload: ["a/*", "main", "missing"] },
		"a/x.ts": "",
		"a/y.ts": "",
		"main.ts": "",
		"other.ts": "",
	});
	assert.equal(preload, ["a/x", "a/y", "main"]);
});

test("resources keep their extension, and must exist", ({ folder }) => {
	const { resources } = read(folder, { "manifest.json": { resources: { "*": "./certs/*" } }, "certs/root.der": "" });
	assert.equal(names(folder, resources), { "root.der": "certs/root.der" });
	assert.throws(
		() => read(folder, { "manifest.json": { resources: { "*": "./certs/none" } } }),
		/\.\/certs\/none, which does not exist/,
	);
});

test("libraries, flags and packages of all manifests are collected", ({ folder }) => {
	const build = { LIBRARIES: "-la", C_FLAGS: "-DX", DEBIAN_PACKAGES: "liba-dev libb-dev" };
	const { libraries, flags, debianPackages } = read(folder, {
		"manifest.json": { include: "./a.json", build: { LIBRARIES: "-lb" } },
		"a.json": { platforms: { host: { build } } },
	});
	assert.equal([libraries, flags, debianPackages], ["-la -lb", "-DX", ["liba-dev", "libb-dev"]]);
});

test("two C files of one name are refused, as mcconfig would mix their objects up", ({ folder }) => {
	assert.throws(
		() => read(folder, { "manifest.json": { modules: { "*": ["./a/*", "./b/*"] } }, "a/link.c": "", "b/link.c": "" }),
		/same name/,
	);
});

test("what cannot be read is named", ({ folder }) => {
	assert.throws(() => read(folder, { "manifest.json": "{" }), /manifest\.json cannot be read as a manifest/);
	assert.throws(() => read(folder, { "manifest.json": "[]" }), /not a JSON object/);
	assert.throws(
		() => read(folder, { "manifest.json": { include: "./none.json" } }),
		/includes \.\/none\.json, which does not exist/,
	);
});

test.run();
