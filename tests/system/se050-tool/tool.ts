// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { authoritiesIn } from "../../../tools/se050/attestation-certificate.js";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../../tools/se050-sim/simulator.js";

export interface Result {
	status: number | null;
	output: string;
	complaint: string;
}

/** Runs a program to its end. */
export async function run(program: string, ...args: string[]): Promise<Result> {
	const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
	let [output, complaint] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
	child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
	const [status] = (await once(child, "close")) as [number | null];
	return { status, output, complaint };
}

/** Runs `npm run se050 -- ARGUMENTS`. */
export const se050 = (...args: string[]): Promise<Result> => run(process.execPath, "tools/run.mjs", "se050", ...args);

/** The same where it must succeed: what it wrote. */
export async function told(...args: string[]): Promise<string> {
	const { status, output, complaint } = await se050(...args);
	assert.is(status, 0, complaint);
	return output;
}

/** What openssl says, on both of its outputs. */
export async function openssl(...args: string[]): Promise<string> {
	const { output, complaint } = await run("openssl", ...args);
	return output + complaint;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A folder with a simulated chip whose computing takes no time. */
export interface Bench {
	folder: string;
	chip: Simulator;
	/** The option that names its bus. */
	bus: string[];
	/** A file's path in the folder. */
	file(name: string): string;
}

export async function startBench(options: Partial<SimulatorOptions> = {}): Promise<Bench> {
	const folder = mkdtempSync(join(tmpdir(), "se050-cli-"));
	const file = (name: string) => join(folder, name);
	const chip = await startSimulator({
		stateFile: file("chip.json"),
		listen: { path: file("s") },
		clock: "virtual",
		latency: "instant",
		...options,
	});
	return { folder, chip, bus: ["--bus", chip.address], file };
}

export async function endBench({ folder, chip }: Bench): Promise<void> {
	await chip.close();
	rmSync(folder, { recursive: true });
}

/** The simulated manufacturer's CAs, as somebody who checks an attestation has them from elsewhere. */
export const authoritiesOf = ({ file }: Bench): X509Certificate[] =>
	authoritiesIn(readFileSync(file("manufacturer.json"), "utf8"), "manufacturer.json");

/** Writes them to a PEM file, and returns its path. */
export function writeAuthorities(bench: Bench): string {
	writeFileSync(bench.file("ca.pem"), authoritiesOf(bench).join(""));
	return bench.file("ca.pem");
}
