import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { includes, targets } from "../fuzz/targets.js";
import { compile, root } from "./compile.js";

for (const { name, sources, flags } of targets) {
	test(`the corpus of ${name} passes under ASan and UBSan`, () => {
		const folder = join(root, "tests", "fuzz", "corpus", name);
		const inputs = readdirSync(folder).map(file => join(folder, file));
		assert.ok(inputs.length >= 20, `${inputs.length} inputs`);
		const program = compile({ name: `fuzz-${name}`, sources: ["tests/fuzz/replay.c", ...sources], includes, flags });
		const { status, stderr } = spawnSync(program, inputs, { encoding: "utf8", timeout: 120_000 });
		assert.is(status, 0, stderr);
	});
}

test.run();
