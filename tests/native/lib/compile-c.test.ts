// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../tools/lib/compile-c.js";
import { root } from "../../../tools/lib/root.js";

const folder = "build/tests/compile-c";

function write(path: string, text: string): void {
	writeFileSync(join(root, folder, path), text);
}

test("a header that changed in a folder of an include folder is noticed", async () => {
	mkdirSync(join(root, folder, "include", "part"), { recursive: true });
	write("main.c", '#include "part/value.h"\nint main(void)\n{\n\treturn VALUE;\n}\n');
	for (const value of [3, 4]) {
		write("include/part/value.h", `#define VALUE ${value}\n`);
		const includes = [`${folder}/include`];
		const program = await compile({ name: "compile-c/program", sources: [`${folder}/main.c`], includes });
		assert.is(spawnSync(program).status, value);
	}
});

test.run();
