// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Manifest } from "../../../tools/build/manifest.js";
import { projectOf, removeGone, writeTsconfig } from "../../../tools/build/project.js";

test("what was made of a project goes when its manifest has gone, and nothing else does", () => {
	const folder = mkdtempSync(join(tmpdir(), "projects-"));
	try {
		for (const name of ["kept", "gone", "begun"]) mkdirSync(join(folder, "made", name), { recursive: true });
		for (const name of ["kept", "gone"]) {
			const manifest = join(folder, `${name}.json`);
			const tsconfig = join(folder, "made", name, "tsconfig.json");
			writeTsconfig({ ...projectOf(manifest), tsconfig }, { modules: new Map<string, string>() } as Manifest);
		}
		writeFileSync(join(folder, "kept.json"), "{}");
		mkdirSync(join(folder, "made", "damaged"));
		writeFileSync(join(folder, "made", "damaged", "tsconfig.json"), '{ "manifest": ');
		removeGone(join(folder, "made"));
		assert.equal(
			["kept", "gone", "begun", "damaged"].map(name => existsSync(join(folder, "made", name))),
			[true, false, true, false],
		);
		removeGone(join(folder, "none"));
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test.run();
