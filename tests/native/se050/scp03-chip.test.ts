// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { createVerify, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import { type Simulator, startSimulator, type TraceRecord } from "../../../tools/se050-sim/simulator.js";

const folder = mkdtempSync(join(tmpdir(), "se050-scp03-"));
const host = await build({ variant: "sanitize", keepGoing: true });

interface Outcome {
	output: string;
	trace: TraceRecord[];
	chip: Simulator;
}

/** The driver on XS, with that setting, on a simulated SE050C1. */
async function run(scp03: string): Promise<Outcome> {
	const trace: TraceRecord[] = [];
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "chip.sock") },
		clock: "virtual",
		trace: record => trace.push(record),
	});
	try {
		const child = spawn(
			host.executable,
			[host.modules, "tests/xs/se050/secure", JSON.stringify({ bus: chip.address, scp03 })],
			{ stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 },
		);
		let output = "";
		for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", text => (output += text));
		const [status] = (await once(child, "close")) as [number | null];
		assert.is(status, 0, output);
		return { output, trace, chip };
	} finally {
		await chip.close();
	}
}

const crossing = (trace: readonly TraceRecord[]) =>
	trace
		.flatMap(record => (record.layer === "i2c" ? (record.bytes ?? []) : []))
		.join("\n")
		.toLowerCase();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

for (const setting of ["auto", "SE050C1"]) {
	test(`over SCP03 (${setting}) the chip gives UID and certificate and signs, and the channel comes back after a reset`, async () => {
		const { output, chip } = await run(setting);
		assert.match(output, `uid ${hex(chip.uid)}\n`);
		assert.match(output, `certificate ${hex(chip.certificate)}\n`);
		assert.match(output, `again ${hex(chip.uid)}\n`);
		assert.match(output, "random 2000\n");
		assert.match(output, "plain SCP03_NOT_OPEN\n");
		const signature = Buffer.from(/signature ([0-9a-f]+)/.exec(output)?.[1] ?? "", "hex");
		assert.ok(createVerify("SHA256").update("abc").verify(new X509Certificate(chip.certificate).publicKey, signature));
	});
}

test("with SCP03 nothing readable crosses the bus but the handshake; without it everything does", async () => {
	const secure = await run("SE050C1");
	const plain = await run("");
	const secrets = [
		hex(secure.chip.uid),
		hex(secure.chip.certificate.slice(20, 60)),
		"f0000100",
		"f0000101",
		"7fff0206",
		"ba7816bf8f01cfea414140de5dae2223",
	];
	for (const secret of secrets) {
		assert.ok(crossing(plain.trace).includes(secret), `the plain trace has ${secret}`);
		assert.not(crossing(secure.trace).includes(secret), secret);
	}
});

test("with SCP03 each command after the handshake has the secure class", async () => {
	const { trace } = await run("SE050C1");
	const classes = trace.flatMap(record =>
		record.layer === "t1" && record.from === "host" && record.block.startsWith("I(") ? record.bytes.slice(6, 10) : [],
	);
	assert.equal(classes.slice(0, 3), ["00a4", "8050", "8482"]);
	for (const each of classes.slice(3)) assert.ok(each.startsWith("84") || ["00a4", "8050"].includes(each), each);
});

test("keys of another part are reported, and no key is in the error or on the bus", async () => {
	const own = ["00112233445566778899AABBCCDDEEFF", "0123456789ABCDEF0123456789ABCDEF"];
	const { output, trace } = await run(own.join(","));
	assert.match(output, /failed: .*SCP03_WRONG_KEYS/);
	for (const key of own) {
		assert.not(output.toLowerCase().includes(key.slice(0, 8).toLowerCase()));
		assert.not(crossing(trace).includes(key.slice(0, 8).toLowerCase()));
	}
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
