// SPDX-License-Identifier: MIT
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findProgram, firstLine } from "../../../tools/bench/programs.js";

const folder = mkdtempSync(join(tmpdir(), "programs-"));
const path = (name: string) => join(folder, name);
test.after(() => rmSync(folder, { recursive: true }));

test("a program is found in the first folder that has it", () => {
	for (const name of ["a", "b"]) {
		mkdirSync(path(name));
		writeFileSync(join(path(name), "peer"), "#!/bin/sh\necho 1.0\n", { mode: 0o755 });
	}
	assert.is(findProgram("peer", [path("none"), path("b"), path("a")]), join(path("b"), "peer"));
});

test("neither a file that cannot be executed nor a folder is a program", () => {
	mkdirSync(path("c"));
	writeFileSync(join(path("c"), "peer"), "");
	chmodSync(join(path("c"), "peer"), 0o644);
	mkdirSync(join(path("c"), "folder"));
	assert.is(findProgram("peer", [path("c")]), undefined);
	assert.is(findProgram("folder", [path("c")]), undefined);
});

test("the version of a program that fails is unknown", () => {
	assert.is(firstLine("/bin/sh", ["-c", "echo 2.0; echo more"]), "2.0");
	assert.is(firstLine("/bin/sh", ["-c", "echo 2.0; exit 1"]), undefined);
	assert.is(firstLine("/no/such/program", []), undefined);
});

test.run();
