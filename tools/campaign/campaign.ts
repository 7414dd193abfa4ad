// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { type KeyObject, verify, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Built } from "../build/build.js";
import { errataNames } from "../se050-sim/parts.js";
import { type Simulator, startSimulator, type TraceRecord } from "../se050-sim/simulator.js";
import type { Case } from "./faults.js";
import { Proxy } from "./proxy.js";

/**
 * How a run ended. Of wrong data those are `undetected` that came of a corruption which nothing without a MAC finds out.
 * `executed twice`: one attempt made the chip change something more than once. `too late`: an attempt took longer than
 * `deadline`.
 */
export const outcomes = [
	"right",
	"error then right",
	"undetected",
	"wrong data",
	"executed twice",
	"no recovery",
	"too late",
] as const;
export type RunOutcome = (typeof outcomes)[number];

/** Those that must not be. */
const failures: readonly RunOutcome[] = ["wrong data", "executed twice", "no recovery", "too late"];

/** What an attempt does after SELECT and UID: reads the certificate and signs, or generates a key in the chip. */
export type Scenario = "signature" | "key";

/**
 * Seconds of simulated time in which an attempt must have ended. One S(WTX) may ask for much longer; no fault of the
 * campaign loses the answer to such a one.
 */
export const deadline = 60;

export interface Finding {
	name: string;
	index: number;
	outcome: RunOutcome;
	detail: string;
	faults: Case["faults"];
}

export interface RunResult {
	/** By the case's name: how often each outcome came. */
	counts: Map<string, Record<RunOutcome, number>>;
	/** Codes of the clean errors, and how often they came. */
	errors: Map<string, number>;
	/** Runs that did not end as they must. */
	findings: Finding[];
	/** The longest attempt with faults and the longest without, in seconds of simulated time. */
	longest: number;
	longestClean: number;
}

/** One run as the driver and the clock saw it. */
interface Run {
	/** Of the attempt with faults and of the next one: a signature in hexadecimal, `made`, `wrong`, `error:CODE`, or `none`. */
	first: string;
	second: string;
	seconds: number;
	cleanSeconds: number;
	/** How often the chip generated a key in the attempt with faults. */
	changes: number;
}

/** Runs of one process of the driver. */
const batch = 500;
/** A batch that takes longer, in milliseconds, hangs. */
const batchLimit = 600_000;

/** What tools/campaign/campaign.xs.ts has signed, by its SHA-256. */
const message = Buffer.from("abc");

class Campaign {
	readonly result: RunResult = { counts: new Map(), errors: new Map(), findings: [], longest: 0, longestClean: 0 };
	readonly #key: KeyObject;
	readonly #secured: boolean;

	/** @param secured whether every response carries a MAC */
	constructor(certificate: Uint8Array, secured: boolean) {
		this.#key = new X509Certificate(certificate).publicKey;
		this.#secured = secured;
	}

	take(each: Case, index: number, run: Run): void {
		const { name, faults } = each;
		const { first, second, seconds } = run;
		const { result } = this;
		const outcome = this.#outcome(each, run);
		const counts =
			result.counts.get(name) ?? (Object.fromEntries(outcomes.map(each => [each, 0])) as Record<RunOutcome, number>);
		counts[outcome]++;
		result.counts.set(name, counts);
		result.longest = Math.max(result.longest, seconds);
		result.longestClean = Math.max(result.longestClean, run.cleanSeconds);
		if (first.startsWith("error:")) result.errors.set(first.slice(6), (result.errors.get(first.slice(6)) ?? 0) + 1);
		if (failures.includes(outcome))
			result.findings.push({
				name,
				index,
				outcome,
				detail: `${first.slice(0, 40)} ${second.slice(0, 40)} ${seconds.toFixed(1)} s`,
				faults,
			});
	}

	#outcome({ undetectable = false }: Case, { first, second, seconds, cleanSeconds, changes }: Run): RunOutcome {
		if (Math.max(seconds, cleanSeconds) > deadline) return "too late";
		if (changes > 1) return "executed twice";
		if (first.startsWith("error:")) return isRight(this.#key, second) ? "error then right" : "no recovery";
		if (isRight(this.#key, first)) return "right";
		return undetectable && !this.#secured ? "undetected" : "wrong data";
	}
}

/** Whether an attempt's result is a signature, and the right one, or a key. */
function isRight(key: KeyObject, result: string): boolean {
	return result === "made" || (result.startsWith("30") && verify("sha256", message, key, Buffer.from(result, "hex")));
}

interface Target {
	scenario: Scenario;
	/** The driver's setting of that name; "" for plain. */
	scp03: string;
}

interface Setup {
	built: Built;
	target: Target;
	folder: string;
	chip: Simulator;
	now(): number;
	/** Keys that the chip has generated so far. */
	generated(): number;
	onRequest?(): void;
}

/** How long each attempt of each run took, in seconds; an attempt ends where the next one begins. */
class Stopwatch {
	readonly faulty: number[] = [];
	readonly clean: number[] = [];
	readonly #now: () => number;
	#end: () => void = () => {};

	constructor(now: () => number) {
		this.#now = now;
	}

	start(attempts: number[], run: number): void {
		this.#end();
		const started = this.#now();
		this.#end = () => (attempts[run] = (this.#now() - started) / 1e6);
	}

	stop(): void {
		this.#end();
	}
}

/** Runs some cases in one process of the driver. */
async function runBatch(
	{ built, target: { scenario, scp03 }, folder, chip, now, generated, onRequest = () => {} }: Setup,
	cases: readonly Case[],
	offset: number,
): Promise<Run[]> {
	const socket = join(folder, "chip.sock");
	const path = (name: string) => join(folder, `${name}-${offset}`);
	const watch = new Stopwatch(now);
	const changes: number[] = [];
	let index = -1;
	const faulty = await Proxy.listen(path("faulty"), socket, () => {
		const { faults, dies } = cases[++index] ?? { faults: [] };
		watch.start(watch.faulty, index);
		changes[index] = generated();
		chip.setFaults(faults);
		return { dies, onRequest };
	});
	const clean = await Proxy.listen(path("clean"), socket, () => {
		watch.start(watch.clean, index);
		changes[index] = generated() - (changes[index] ?? 0);
		chip.setFaults([]);
		return {};
	});
	const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
	const config = {
		scenario,
		faulty: `sim:${path("faulty")}`,
		clean: `sim:${path("clean")}`,
		runs: cases.length,
		scp03,
		uid: hex(chip.uid),
		certificate: hex(chip.certificate),
	};
	const child = spawn(built.executable, [built.modules, "tools/campaign/campaign.xs", JSON.stringify(config)], {
		stdio: ["ignore", "pipe", "inherit"],
		timeout: batchLimit,
	});
	const attempts: [first: string, second: string][] = [];
	createInterface({ input: child.stdout }).on("line", line => {
		const [, run, first = "", second = ""] = /^run (\d+) (\S+) (\S+)$/.exec(line) ?? [];
		if (run !== undefined) attempts[Number(run)] = [first, second];
	});
	const [status] = (await once(child, "close")) as [number | null];
	watch.stop();
	faulty.close();
	clean.close();
	if (status !== 0 || attempts.length !== cases.length)
		throw new Error(
			`the driver ended with status ${status} after ${attempts.length} of ${cases.length} runs from case ${offset}: it hangs or crashes at the next case`,
		);
	return attempts.map(([first, second], run) => ({
		first,
		second,
		seconds: watch.faulty[run] ?? 0,
		cleanSeconds: watch.clean[run] ?? 0,
		changes: scenario === "key" ? (changes[run] ?? 0) : 0,
	}));
}

/** A simulated SE050C1 in virtual time, with all the defects of real parts. */
async function withChip<Value>(built: Built, target: Target, action: (setup: Setup) => Promise<Value>): Promise<Value> {
	const folder = mkdtempSync(join(tmpdir(), "se050-campaign-"));
	let time = 0,
		generated = 0;
	const onRecord = (record: TraceRecord) => {
		if (record.layer === "i2c") time = record.end;
		else if (
			record.layer === "apdu" &&
			record.from === "chip" &&
			record.command === "WriteECKey" &&
			record.status === "9000"
		)
			generated++;
	};
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"),
		listen: { path: join(folder, "chip.sock") },
		clock: "virtual",
		seed: "campaign",
		errata: errataNames,
		trace: onRecord,
	});
	try {
		return await action({ built, target, folder, chip, now: () => time, generated: () => generated });
	} finally {
		await chip.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Drives cold starts with faults through the driver on XS and a simulated chip. */
export async function runCampaign(
	built: Built,
	cases: readonly Case[],
	target: Target,
	progress: (done: number) => void = () => {},
): Promise<RunResult> {
	return withChip(built, target, async setup => {
		const campaign = new Campaign(setup.chip.certificate, target.scp03 !== "");
		for (let offset = 0; offset < cases.length; offset += batch) {
			const runs = await runBatch(setup, cases.slice(offset, offset + batch), offset);
			runs.forEach((run, index) => campaign.take(cases[offset + index]!, offset + index, run));
			progress(Math.min(offset + batch, cases.length));
		}
		return campaign.result;
	});
}

/** An attempt without faults: how many blocks the host sends, and how many requests of the simulator link. */
export async function countColdStart(built: Built, target: Target): Promise<{ exchanges: number; requests: number }> {
	return withChip(built, target, async setup => {
		let requests = -1,
			exchanges = 0;
		const onRequest = () => {
			requests++;
			exchanges = setup.chip.exchanges;
		};
		await runBatch({ ...setup, onRequest }, [{ name: "none", faults: [] }], 0);
		return { exchanges, requests };
	});
}
