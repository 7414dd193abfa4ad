// SPDX-License-Identifier: MIT
/** Programs that share one chip on a Linux adapter: the adapter is a preloaded library in front of the simulator. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createVerify, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";

/** Starts of two processes each; SE050_PAIRS=100 makes them two hundred starts. */
const pairs = Number(process.env.SE050_PAIRS ?? 4);

const folder = mkdtempSync(join(tmpdir(), "se050-two-"));
const node = join(folder, "i2c-1");
const library = join(folder, "adapter.so");
const host = await build({ keepGoing: true });
const simulator = await startSimulator({
	stateFile: join(folder, "chip.json"),
	listen: { path: join(folder, "chip.sock") },
	clock: "real",
	latency: "instant",
});
writeFileSync(node, "");

const posix = "se050/native/posix";
const { status, stderr } = spawnSync(
	"gcc",
	[
		"-shared",
		"-fPIC",
		"-std=c11",
		"-D_GNU_SOURCE",
		"-Wall",
		"-Wextra",
		"-Werror",
		"-Ise050/native",
		"-Ise050/native/sim",
		`-I${posix}`,
	].concat([
		"-o",
		library,
		"tests/native/se050/adapter_preload.c",
		`${posix}/bus_sim.c`,
		"se050/native/sim/sim_link.c",
		`${posix}/posix_time.c`,
		"-ldl",
	]),
	{ encoding: "utf8" },
);
assert.is(status, 0, stderr);

const env = {
	...process.env,
	LD_PRELOAD: library,
	ADAPTER_NODE: node,
	ADAPTER_CHIP: join(folder, "chip.sock"),
};

interface Ended {
	status: number | null;
	output: string;
}

function start(module: string): { child: ChildProcess; ended: Promise<Ended> } {
	const child = spawn(host.executable, [host.modules, `tests/xs/se050/${module}`, JSON.stringify({ bus: node })], {
		stdio: ["pipe", "pipe", "pipe"],
		env,
	});
	let output = "";
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", text => (output += text));
	return { child, ended: once(child, "close").then(([status]) => ({ status: status as number | null, output })) };
}

function checkSignature(output: string): void {
	const [, signature = ""] = /signature ([0-9a-f]+)/.exec(output) ?? [];
	const { publicKey } = new X509Certificate(simulator.certificate);
	assert.ok(createVerify("SHA256").update("abc").verify(publicKey, Buffer.from(signature, "hex")), output);
}

test("two processes that start on one chip both get their own answers, one after the other", async () => {
	for (let pair = 0; pair < pairs; pair++) {
		const [first, second] = await Promise.all([start("coldstart").ended, start("coldstart").ended]);
		for (const { status, output } of [first, second]) {
			assert.is(status, 0, output);
			checkSignature(output);
		}
	}
});

test("a process that is killed while it has the chip no longer keeps it", async () => {
	const { child, ended } = start("holds");
	await once(child.stdout as NodeJS.ReadableStream, "data");
	const next = start("coldstart").ended;
	child.kill("SIGKILL");
	await ended;
	const { status, output } = await next;
	assert.is(status, 0, output);
	checkSignature(output);
});

test.after(async () => {
	await simulator.close();
	rmSync(folder, { recursive: true, force: true });
});

test.run();
