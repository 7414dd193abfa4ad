// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../../tools/lib/root.js";
import { Device, startChip, withCleanUp } from "./picture.js";

for (const variant of ["release", "sanitize"] as const)
	test(`selftest=1 tries a simulated chip, prints its table and ends with status 0, ${variant}`, () =>
		withCleanUp(async (folder, onEnd) => {
			const chip = await startChip(folder, "chip", "instant");
			onEnd(() => chip.close());
			const device = await Device.start({ bus: chip.address, selftest: 1 }, variant);
			onEnd(() => device.stop());
			const { status } = await device.ended;
			const output = device.lines.join("\n");
			assert.is(status, 0, output);
			assert.equal(device.named("selftest")[0]?.fields, { result: "passed", checks: "16", failed: "0" });
			assert.match(
				output,
				/\| ATR +\| ok \| 00a0000003960403e800fe020b03e80801000000006400000a4a434f5034204154504f +\|/,
			);
			const [, writes = "", reads = ""] =
				/\| transactions +\| +\| (\d+) writes, \d+ bytes; (\d+) reads, \d+ bytes/.exec(output) ?? [];
			const [, nacked = ""] = /\| not acknowledged +\| +\| (\d+) of them/.exec(output) ?? [];
			assert.ok(Number(writes) > 200 && Number(reads) > Number(writes), output);
			assert.ok(Number(nacked) > 0 && Number(nacked) < Number(reads), output);
			assert.match(output, /\| blocks repeated +\| +\| 0 +\|/);
			assert.match(output, /\| bus errors +\| +\| 0 +\|/);
			assert.match(output, /\| its key +\| +\| EC 256 bits/);
			assert.match(output, /\| signature +\| ok \|/);
			assert.is(device.named("connect").length, 0);
		}));

test("a chip that is not there stops the self-test with the reason", () =>
	withCleanUp(async folder => {
		const device = await Device.start({ bus: `sim:${folder}/none.sock`, selftest: "1" });
		const { status } = await device.ended;
		assert.is.not(status, 0);
		assert.match(device.named("error")[0]?.fields.message ?? "", /none\.sock/);
	}));

async function selftest(...args: string[]): Promise<{ status: number; output: string }> {
	const child = spawn(process.execPath, [join(root, "tools", "run.mjs"), "selftest", ...args], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let output = "";
	child.stdout.on("data", (data: Buffer) => {
		output += data.toString();
	});
	child.stderr.on("data", (data: Buffer) => {
		output += data.toString();
	});
	const [status] = (await once(child, "close")) as [number];
	return { status, output };
}

test("the command shows the table and ends with status 0 for a chip that is well, 1 for one that is not there", () =>
	withCleanUp(async (folder, onEnd) => {
		const chip = await startChip(folder, "chip", "instant");
		onEnd(() => chip.close());
		const well = await selftest("--bus", chip.address, "--hz", "100000");
		assert.is(well.status, 0, well.output);
		assert.match(well.output, /\| bus +\| +\| sim:.* at 100000 Hz/);
		assert.is((await selftest("--bus", `sim:${folder}/none.sock`)).status, 1);
	}));

test.run();
