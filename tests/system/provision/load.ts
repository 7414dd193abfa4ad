// SPDX-License-Identifier: MIT
/**
 * Provisions many made-up chips, each with thing and policy, at the local AWS IoT Core, and prints how long it took:
 * `node --import tsx tests/system/provision/load.ts 100000`
 */
import { spawn } from "node:child_process";
import { createWriteStream, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { chip } from "../../unit/provision/chips.js";
import { temporaryFolder } from "../../unit/provision/harness.js";
import { ProvisionProgram } from "./program.js";

const region = "ap-northeast-1";
const count = Number(process.argv[2]);
if (!Number.isInteger(count) || count < 1)
	throw new Error("Say how many chips: node --import tsx tests/system/provision/load.ts 100000");

function* lines(): Generator<string> {
	for (let index = 0; index < count; index++) {
		const { uid, pem } = chip(index);
		yield `${JSON.stringify({ uid, certificatePem: pem })}\n`;
	}
}

/** Starts iot-core in a process of its own; resolves with its control plane's address. */
async function startCore(folder: string): Promise<{ controlUrl: string; stop(): void }> {
	const child = spawn(
		process.execPath,
		["tools/run.mjs", "iot-core", "--state", folder, "--port", "0", "--control-port", "0", "--page-port", "0"],
		{ stdio: ["ignore", "pipe", "inherit"] },
	);
	const output = createInterface({ input: child.stdout });
	const controlUrl = await new Promise<string>(resolve =>
		output.on("line", line => {
			const [, address] = /^control plane +(\S+)/.exec(line) ?? [];
			if (address !== undefined) resolve(address);
		}),
	);
	return { controlUrl, stop: () => child.kill("SIGTERM") };
}

/** The most memory that a process has had resident, in MB, as it was last seen. */
function watchMemory(id: number): () => number {
	let peak = 0;
	const timer = setInterval(() => {
		const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
		peak = Math.max(peak, Number(kilobytes ?? 0) / 1_000);
	}, 1_000);
	return () => {
		clearInterval(timer);
		return Math.round(peak);
	};
}

const folder = temporaryFolder(),
	ledger = join(folder, "ledger.ndjson");
console.log(`Writing a ledger of ${count} chips …`);
await pipeline(Readable.from(lines()), createWriteStream(ledger));
const core = await startCore(join(folder, "core"));
const started = performance.now();
const program = new ProvisionProgram([ledger, "--rate", "10000", "--state", join(folder, "provision")], {
	controlUrl: core.controlUrl,
	region,
});
const memory = watchMemory(program.child.pid ?? 0);
const { status, output, errors } = await program.ended;
const seconds = (performance.now() - started) / 1_000,
	megabytes = memory();
core.stop();
rmSync(folder, { recursive: true, force: true });
console.log(output.trimEnd().split("\n").slice(-12).join("\n"));
if (status !== 0) throw new Error(`It ended with status ${status}: ${errors}`);
console.log(
	`${count} chips in ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} a second, ${megabytes} MB resident at the peak.`,
);
