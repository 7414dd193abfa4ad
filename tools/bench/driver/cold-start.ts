// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { objects } from "../../../se050/objects.js";
import type { Built } from "../../build/build.js";
import { startSimulator, type TraceRecord } from "../../se050-sim/simulator.js";
import { certificateLength } from "./published.js";

/** An id of those that customers may use. */
const certificateId = 0x00be0001;

/** One run's figures, from the simulator's trace, in virtual time. */
export interface Run {
	/** Milliseconds in which bytes crossed the bus. */
	busTime: number;
	/** Milliseconds that the host slept. */
	sleeps: number;
	/** Reads and writes that the chip did not acknowledge. */
	nacks: number;
	transactions: number;
	/** Writes and reads that were acknowledged, and their bytes without addresses. */
	wire: { writes: number; reads: number; bytesOut: number; bytesIn: number };
	/** Names of the APDUs, in order. */
	commands: string[];
	/** Milliseconds from the end of the last signature's computing to the read that brings it. */
	wakeUpDelay: number;
}

export interface Figures {
	/** Reset, SELECT, UID, certificate, one signature. */
	cold: Run;
	/** What one more signature adds. */
	reconnect: Pick<Run, "busTime" | "sleeps" | "commands">;
}

type Latency = "instant" | "typical";

/** One signature as the host saw it. */
export interface Signature {
	/** Milliseconds that the chip computed. */
	computing: number;
	/** Milliseconds from the end of the computing to the read that brings the signature. */
	delay: number;
	/** Reads that the chip did not acknowledge before it was done. */
	polls: number;
}

const signing: readonly unknown[] = ["ECDSASign", "RSADecrypt"];

function signaturesOf(trace: readonly TraceRecord[]): Signature[] {
	const reads = trace.filter(record => record.layer === "i2c").filter(({ operation }) => operation === "read");
	const records = trace.filter(record => record.layer === "apdu" && signing.includes(record.command));
	const times = (from: "host" | "chip") =>
		records.flatMap(record => (record.layer === "apdu" && record.from === from ? record.time : []));
	const done = times("chip");
	return times("host").map((asked, index) => {
		const end = done[index] ?? Number.NaN;
		const read = reads.find(({ bytes, time }) => bytes !== undefined && time >= end);
		return {
			computing: (end - asked) / 1000,
			delay: ((read?.time ?? Number.NaN) - end) / 1000,
			polls: reads.filter(({ nackedAfter, time }) => nackedAfter !== undefined && time >= asked && time < end).length,
		};
	});
}

type Transaction = Extract<TraceRecord, { layer: "i2c" }>;

function wireOf(transactions: readonly Transaction[]): Run["wire"] {
	const good = transactions.filter(({ nackedAfter, bytes }) => nackedAfter === undefined && bytes !== undefined);
	const bytesOf = (records: readonly Transaction[]) =>
		records.reduce((sum, { bytes = "" }) => sum + bytes.length / 2, 0);
	const writes = good.filter(({ operation }) => operation === "write"),
		reads = good.filter(({ operation }) => operation === "read");
	return { writes: writes.length, reads: reads.length, bytesOut: bytesOf(writes), bytesIn: bytesOf(reads) };
}

function summarize(trace: readonly TraceRecord[]): Run {
	const i2c = trace.filter(record => record.layer === "i2c");
	const transactions = i2c.filter(({ operation }) => operation === "read" || operation === "write");
	const milliseconds = (records: typeof i2c) => records.reduce((sum, { time, end }) => sum + end - time, 0) / 1000;
	return {
		busTime: milliseconds(transactions),
		sleeps: milliseconds(i2c.filter(({ operation }) => operation === "sleep")),
		nacks: transactions.filter(({ nackedAfter }) => nackedAfter !== undefined).length,
		transactions: transactions.length,
		wire: wireOf(transactions),
		commands: trace.flatMap(record => (record.layer === "apdu" && record.from === "host" ? record.command : [])),
		wakeUpDelay: signaturesOf(trace).at(-1)?.delay ?? Number.NaN,
	};
}

/**
 * Runs the driver on XS over a bus to its end.
 * @param scenario cold-start.xs.ts has its members
 */
export async function driveChip({ executable, modules }: Built, bus: string, scenario: object): Promise<void> {
	const config = JSON.stringify({ bus, certificate: certificateId, ...scenario });
	const child = spawn(executable, [modules, "tools/bench/driver/cold-start.xs", config], {
		stdio: ["ignore", "ignore", "inherit"],
	});
	const [status] = (await once(child, "close")) as [number | null];
	if (status !== 0) throw new Error("The driver failed on the simulated chip: the lines above say why.");
}

/** Runs the driver on XS with a simulated chip; returns the trace. */
async function drive(
	built: Built,
	folder: string,
	latency: Latency,
	scenario: object,
	allKeys = false,
): Promise<TraceRecord[]> {
	const trace: TraceRecord[] = [];
	const simulator = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "chip.sock") },
		clock: "virtual",
		latency,
		seed: "bench",
		allKeys,
		trace: record => trace.push(record),
	});
	try {
		await driveChip(built, simulator.address, scenario);
		return trace;
	} finally {
		await simulator.close();
	}
}

/** Runs an action with a folder that has a fresh simulated chip, on which is a certificate of that length. */
async function withChip<Value>(
	built: Built,
	length: number,
	action: (folder: string) => Promise<Value>,
	allKeys = false,
): Promise<Value> {
	const folder = mkdtempSync(join(tmpdir(), "se050-bench-"));
	try {
		await drive(built, folder, "instant", { write: length }, allKeys);
		return await action(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Cold start to signature and one reconnect, with a certificate of `certificateLength` bytes. */
export async function measureColdStart(built: Built, latency: Latency): Promise<Figures> {
	return withChip(built, certificateLength, async folder => {
		const cold = summarize(await drive(built, folder, latency, {}));
		const twice = summarize(await drive(built, folder, latency, { signatures: 2 }));
		const commands = twice.commands.slice(cold.commands.length);
		return { cold, reconnect: { busTime: twice.busTime - cold.busTime, sleeps: twice.sleeps - cold.sleeps, commands } };
	});
}

/** Cold start to signature with a certificate of that length in bytes, and a chip that answers immediately. */
export async function measureWire(built: Built, length: number): Promise<Run> {
	return withChip(built, length, async folder => summarize(await drive(built, folder, "instant", {})));
}

/** Keys that a device may have: their ids, and how they sign. P-384 is made in the chip, the others are the factory's. */
const keys = {
	"P-256": { key: objects.cloudKey0 },
	"P-384": { key: 0x00be0002, generate: "P-384" },
	"RSA 2048": { key: 0xf0000110, scheme: "RSASSA-PKCS1-v1_5" },
	"RSA 4096": { key: 0xf0000120, scheme: "RSASSA-PKCS1-v1_5" },
} as const;

export type SigningKeyKind = keyof typeof keys;

/**
 * Two signatures in one run with each kind of key, the chip with its typical latencies: one whose duration the driver does
 * not know, unless it is that of P-256, and one that takes as long as the first.
 */
export async function measureSignatures(built: Built): Promise<Map<SigningKeyKind, Signature[]>> {
	const measured = new Map<SigningKeyKind, Signature[]>();
	const measure = async (folder: string) => {
		for (const kind of Object.keys(keys) as SigningKeyKind[]) {
			const { generate, ...scenario }: { key: number; generate?: string; scheme?: string } = keys[kind];
			if (generate !== undefined) await drive(built, folder, "instant", { ...scenario, generate });
			measured.set(kind, signaturesOf(await drive(built, folder, "typical", { ...scenario, signatures: 2 })));
		}
	};
	await withChip(built, certificateLength, measure, true);
	return measured;
}
