// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { createHash, createVerify, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../../tools/build/build.js";
import {
	type Simulator,
	type SimulatorOptions,
	startSimulator,
	type TraceRecord,
} from "../../../tools/se050-sim/simulator.js";

const folder = mkdtempSync(join(tmpdir(), "se050-chip-"));
/* What these tests need of the firmware is here even while another part of it does not type-check. */
const host = await build({ variant: "sanitize", keepGoing: true });

async function withSimulator(
	options: Partial<SimulatorOptions>,
	action: (simulator: Simulator, trace: TraceRecord[]) => Promise<void>,
): Promise<void> {
	const trace: TraceRecord[] = [];
	const simulator = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "chip.sock") },
		clock: "virtual",
		trace: record => trace.push(record),
		...options,
	});
	try {
		await action(simulator, trace);
	} finally {
		await simulator.close();
	}
}

/** Runs a module of tests/xs with that configuration; @returns what it printed */
async function runOnXs(module: string, config: object): Promise<string> {
	const child = spawn(host.executable, [host.modules, `tests/xs/se050/${module}`, JSON.stringify(config)], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let output = "";
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", text => (output += text));
	const [status] = (await once(child, "close")) as [number | null];
	assert.is(status, 0, output);
	return output;
}

function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("hex");
}

for (const tlvLength of ["long", "short"] as const) {
	for (const latency of ["instant", "typical"] as const) {
		test(`the driver on XS does all it should with a simulated chip: ${latency}, ${tlvLength} TLV lengths`, () =>
			withSimulator({ tlvLength, latency }, async ({ address, uid, certificate }) => {
				const output = await runOnXs("chip", { bus: address, uid: hex(uid), certificate: hex(certificate) });
				assert.is(Number(/Passed: +(\d+)/.exec(output)?.[1]), 18, output);
			}));
	}
}

/** What the driver promises of a cold start: see docs/driver.md. */
test("a cold start is four commands, and its signature is the certificate's", () =>
	withSimulator({ latency: "instant" }, async ({ address, certificate }, trace) => {
		const output = await runOnXs("coldstart", { bus: address });
		const signature = Buffer.from(/signature ([0-9a-f]+)/.exec(output)?.[1] ?? "", "hex");
		const verify = createVerify("SHA256").update("abc");
		assert.ok(verify.verify(new X509Certificate(certificate).publicKey, signature));
		const commands = trace
			.filter(record => record.layer === "apdu" && record.from === "host")
			.map(record => (record.layer === "apdu" ? record.command : ""));
		assert.equal(commands, ["SELECT", "ReadObject", "ReadObject", "ECDSASign"]);
		assert.is(createHash("sha256").update("abc").digest("hex"), /digest ([0-9a-f]+)/.exec(output)?.[1]);
	}));

test("with an instant chip a cold start sleeps at most 3 ms, with a real one it sees a signature within 1 ms and 26 polls", async () => {
	await withSimulator({ latency: "instant" }, async ({ address }, trace) => {
		await runOnXs("coldstart", { bus: address });
		const sleeps = trace.filter(record => record.layer === "i2c" && record.operation === "sleep");
		assert.ok(sleeps.reduce((sum, record) => sum + (record.layer === "i2c" ? record.end - record.time : 0), 0) <= 3000);
	});
	await withSimulator({ latency: "typical" }, async ({ address }, trace) => {
		await runOnXs("coldstart", { bus: address });
		const signed = trace.find(
			record => record.layer === "apdu" && record.from === "chip" && record.command === "ECDSASign",
		);
		const read = trace.find(
			record =>
				record.layer === "i2c" &&
				record.operation === "read" &&
				record.bytes !== undefined &&
				record.time >= (signed?.time ?? 0),
		);
		const delay = (read?.time ?? Number.NaN) - (signed?.time ?? Number.NaN);
		assert.ok(delay >= 0 && delay <= 1000, `${delay} µs`);
		const asked = trace.find(
			record => record.layer === "apdu" && record.from === "host" && record.command === "ECDSASign",
		);
		const polls = trace.filter(
			record => record.layer === "i2c" && record.nackedAfter !== undefined && record.time >= (asked?.time ?? 0),
		);
		assert.ok(polls.length > 5 && polls.length <= 26, `${polls.length} polls`);
	});
});

test("nothing that crosses the bus is a repeated start, an empty write or longer than a block", () =>
	withSimulator({ latency: "typical" }, async ({ address, uid, certificate }, trace) => {
		await runOnXs("chip", { bus: address, uid: hex(uid), certificate: hex(certificate) });
		let writes = 0;
		for (const record of trace) {
			if (record.layer !== "i2c" || record.operation !== "write") continue;
			writes++;
			assert.ok((record.bytes?.length ?? 0) >= 2 * 5 && (record.bytes?.length ?? 0) <= 2 * 259, record.bytes);
		}
		assert.ok(writes > 1000);
	}));

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
