// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { unpackCorpus } from "../../../tools/fuzz/corpus.js";
import { fuzzTargets, includes } from "../../../tools/fuzz/targets.js";
import { compile } from "../../../tools/lib/compile-c.js";

for (const { name, sources, flags } of fuzzTargets) {
	test(`the corpus of ${name} passes under ASan and UBSan`, async () => {
		const program = await compile({
			name: `fuzz-${name}`,
			sources: ["tools/fuzz/replay.c", ...sources],
			includes,
			flags,
		});
		const folder = mkdtempSync(join(tmpdir(), "fuzz-corpus-"));
		try {
			const inputs = unpackCorpus(name, folder);
			assert.ok(inputs.length >= 20, `${inputs.length} inputs`);
			const { status, stderr } = spawnSync(program, inputs, { encoding: "utf8", timeout: 120_000 });
			assert.is(status, 0, stderr);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
}

test.run();
