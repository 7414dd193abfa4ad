// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile, type Program } from "../../../tools/lib/compile-c.js";

/** Compiles a program made with harness.h and makes a test of each one in it. */
export async function testProgram(program: Program): Promise<void> {
	const executable = await compile(program);
	const names = spawnSync(executable, { encoding: "utf8" }).stdout.trim().split("\n");
	assert.ok(names.length > 0 && names[0] !== "", `${program.name} has tests`);
	for (const name of names) {
		test(name, () => {
			const { status, signal, stderr } = spawnSync(executable, [name], { encoding: "utf8", timeout: 30_000 });
			assert.is(status, 0, `${signal ?? ""}\n${stderr}`);
		});
	}
}

export const dataLink = ["se050/native/t1.c", "se050/native/t1_wire.c", "se050/native/block.c", "se050/native/atr.c"];
export const fixture = ["tools/bench/t1_fixture.c", "tools/bench/t1_scripted_bus.c", "tests/native/t1/harness.c"];
