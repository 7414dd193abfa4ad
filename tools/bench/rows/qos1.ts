// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { build } from "../../build/build.js";
import { root } from "../../lib/root.js";
import { type CoreProcess, makeDevice, register, startCore } from "../core-process.js";
import { cpuOf, endProcess, peakMegabytes } from "../measured-process.js";
import { startRegisteredChip } from "../registered-chip.js";
import { type BenchRow, type Contender, compare, type RowContext } from "../row.js";

const messages = 4_000,
	inFlight = 8,
	repetitions = 3;

/** CPU time from the line `begin` to the line `end`, in seconds. @throws Error when the client prints another one, or ends */
async function cpuOfLoad(client: ChildProcess, name: string): Promise<number> {
	let begun: number | undefined;
	for await (const line of createInterface({ input: client.stdout as Readable })) {
		if (line === "begin") begun = cpuOf(client);
		else if (line === "end" && begun !== undefined) return cpuOf(client) - begun;
		else throw new Error(`${name} failed: ${line}`);
	}
	throw new Error(`${name} ended before its messages were acknowledged.`);
}

function contender(name: string, command: readonly string[]): Contender {
	return {
		name,
		async measure() {
			const [program = "", ...args] = command;
			const client = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
			try {
				const seconds = await cpuOfLoad(client, name);
				return [(seconds * 1e3) / messages, peakMegabytes(client.pid ?? 0)];
			} finally {
				await endProcess(client);
			}
		},
	};
}

async function firmware(context: RowContext, core: CoreProcess): Promise<Contender> {
	const { executable, modules } = await build();
	const bus = await startRegisteredChip(context, core);
	const config = {
		endpoint: core.endpoint,
		port: core.devicePort,
		address: "127.0.0.1",
		root: new X509Certificate(readFileSync(core.rootCaFile)).raw.toString("base64"),
		bus,
		messages,
		inFlight,
	};
	return contender("firmware's session on XS", [
		executable,
		modules,
		"tools/bench/rows/qos1.xs",
		JSON.stringify(config),
	]);
}

async function mqttJs(core: CoreProcess): Promise<Contender> {
	const { identity } = await makeDevice();
	await register(core.controlUrl, identity.cert);
	const config = {
		host: "127.0.0.1",
		port: core.devicePort,
		servername: core.endpoint,
		ca: core.rootCaFile,
		cert: identity.certFile,
		key: identity.keyPemFile,
		messages,
		inFlight,
	};
	return contender("mqtt.js", [process.execPath, "tools/bench/peers/mqtt-js.mjs", JSON.stringify(config)]);
}

/** The client's side of QoS 1. */
export const qos1Row: BenchRow = {
	name: "qos1",
	what: `client, QoS 1 over TLS: publish, PUBACK and echo, 100 B, ${inFlight} in flight, the same iot-core`,
	prepare: build,
	async measure(context) {
		const core = await startCore(context);
		const figures = await compare(context, {
			quantities: [
				{ name: "CPU of the client, a message", unit: "ms", digits: 3, goal: "<= 0.25 ms" },
				{ name: "memory at its peak (VmHWM)", unit: "MB", digits: 1 },
			],
			contenders: [await firmware(context, core), await mqttJs(core)],
			repetitions,
			warmUps: 1,
		});
		return { figures };
	},
};
