// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compile, type Program } from "../../../tools/lib/compile-c.js";

/** Milliseconds: a program that takes longer hangs. */
const hang = 600_000;

/** Compiles a program made with harness.h, runs it, and makes a test of each one in it. */
export async function testProgram(program: Program): Promise<void> {
	const executable = await compile(program);
	const { stdout, stderr } = spawnSync(executable, { encoding: "utf8", timeout: hang, maxBuffer: 2 ** 26 });
	const ended = [...stdout.matchAll(/^BEGIN (.*)\n([^]*?)\nEND (-?\d+)$/gm)];
	assert.ok(ended.length > 0 && stdout.endsWith("\nALL\n"), `${program.name} runs its tests:\n${stdout}${stderr}`);
	for (const [, name = "", output, status] of ended) test(name, () => assert.is(Number(status), 0, output));
}

export const dataLink = ["se050/native/t1.c", "se050/native/t1_wire.c", "se050/native/block.c", "se050/native/atr.c"];
export const fixture = ["tools/bench/t1_fixture.c", "tools/bench/t1_scripted_bus.c", "tests/native/t1/harness.c"];
