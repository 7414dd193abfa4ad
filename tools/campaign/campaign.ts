import { spawn } from "node:child_process";
import { verify, X509Certificate, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Built } from "../build/build.js";
import { startSimulator, type Simulator } from "../se050-sim/simulator.js";
import type { Case } from "./faults.js";
import { Proxy } from "./proxy.js";

/** How a run ended: right at once, a clean error and then right, wrong data, or no right result on the next try. */
export const outcomes = ["right", "error then right", "wrong data", "no recovery"] as const;
export type Outcome = (typeof outcomes)[number];

export interface Finding { name: string; index: number; outcome: Outcome; detail: string; faults: Case["faults"] }

export interface Result {
	/** By the case's name: how often each outcome came. */
	counts: Map<string, Record<Outcome, number>>;
	/** Codes of the clean errors, and how often they came. */
	errors: Map<string, number>;
	/** Runs that did not end as they must. */
	findings: Finding[];
	/** The longest run, its retry not included, in seconds of virtual time. */
	longest: number;
}

/** Runs of one process of the driver. */
const batch = 500;
/** A batch that takes longer, in milliseconds, hangs. */
const batchLimit = 600_000;

/** What tests/xs/se050-campaign.ts has signed, by its SHA-256. */
const message = Buffer.from("abc");

class Campaign {
	readonly result: Result = { counts: new Map(), errors: new Map(), findings: [], longest: 0 };
	readonly #key: KeyObject;

	constructor(certificate: Uint8Array) {
		this.#key = new X509Certificate(certificate).publicKey;
	}

	take({ name, faults }: Case, index: number, first: string, second: string): void {
		const outcome = this.#outcome(first, second);
		const counts = this.result.counts.get(name) ?? { "right": 0, "error then right": 0, "wrong data": 0, "no recovery": 0 };
		counts[outcome]++;
		this.result.counts.set(name, counts);
		if (first.startsWith("error:"))
			this.result.errors.set(first.slice(6), (this.result.errors.get(first.slice(6)) ?? 0) + 1);
		if (outcome === "wrong data" || outcome === "no recovery")
			this.result.findings.push({ name, index, outcome, detail: `${first.slice(0, 40)} ${second.slice(0, 40)}`, faults });
	}

	#outcome(first: string, second: string): Outcome {
		if (first.startsWith("error:"))
			return isRight(this.#key, second) ? "error then right" : "no recovery";
		return isRight(this.#key, first) ? "right" : "wrong data";
	}
}

/** Whether an attempt's result is a signature, and the right one. */
function isRight(key: KeyObject, result: string): boolean {
	return result.startsWith("30") && verify("sha256", message, key, Buffer.from(result, "hex"));
}

interface Setup { built: Built; scp03: string; folder: string; chip: Simulator; now(): number }

/** Runs some cases in one process of the driver. */
async function runBatch({ built, scp03, folder, chip, now }: Setup, cases: readonly Case[], offset: number, campaign: Campaign): Promise<void> {
	let index = -1;
	let started = 0;
	const target = join(folder, "chip.sock");
	const measure = () => {
		if (index >= 0 && started >= 0)
			campaign.result.longest = Math.max(campaign.result.longest, (now() - started) / 1e6);
		started = -1;
	};
	const faulty = await Proxy.listen(join(folder, `faulty-${offset}`), target, () => {
		measure();
		index++;
		started = now();
		chip.setFaults(cases[index]?.faults ?? []);
	});
	const clean = await Proxy.listen(join(folder, `clean-${offset}`), target, () => {
		measure();
		chip.setFaults([]);
	});
	const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
	const config = { faulty: `sim:${join(folder, `faulty-${offset}`)}`, clean: `sim:${join(folder, `clean-${offset}`)}`, runs: cases.length, scp03, uid: hex(chip.uid), certificate: hex(chip.certificate) };
	const child = spawn(built.executable, [built.modules, "tests/xs/se050-campaign", JSON.stringify(config)], { stdio: ["ignore", "pipe", "inherit"], timeout: batchLimit });
	let seen = 0;
	createInterface({ input: child.stdout }).on("line", line => {
		const [, run, first = "", second = ""] = /^run (\d+) (\S+) (\S+)$/.exec(line) ?? [];
		const each = cases[Number(run)];
		if (each === undefined)
			return;
		seen++;
		campaign.take(each, offset + Number(run), first, second);
	});
	const [status] = await once(child, "close") as [number | null];
	measure();
	faulty.close();
	clean.close();
	if (status !== 0 || seen !== cases.length)
		throw new Error(`the driver ended with status ${status} after ${seen} of ${cases.length} runs from case ${offset}: it hangs or crashes at the case behind`);
}

/**
 * Drives cold starts with faults through the driver on XS and a simulated SE050C1, in virtual time.
 * @param scp03 the driver's setting of that name; "" for plain
 */
export async function runCampaign(built: Built, cases: readonly Case[], scp03: string, progress: (done: number) => void = () => {}): Promise<Result> {
	const folder = mkdtempSync(join(tmpdir(), "se050-campaign-"));
	let time = 0;
	const chip = await startSimulator({
		stateFile: join(folder, "chip.json"), listen: { path: join(folder, "chip.sock") }, clock: "virtual", seed: "campaign",
		trace: record => time = record.layer === "i2c" ? record.end : time,
	});
	try {
		const campaign = new Campaign(chip.certificate);
		for (let offset = 0; offset < cases.length; offset += batch) {
			await runBatch({ built, scp03, folder, chip, now: () => time }, cases.slice(offset, offset + batch), offset, campaign);
			progress(Math.min(offset + batch, cases.length));
		}
		return campaign.result;
	}
	finally {
		await chip.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** How many blocks the host sends in a cold start without faults. */
export async function countExchanges(built: Built, scp03: string): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), "se050-campaign-"));
	const chip = await startSimulator({ stateFile: join(folder, "chip.json"), listen: { path: join(folder, "chip.sock") }, clock: "virtual", seed: "campaign" });
	try {
		const setup: Setup = { built, scp03, folder, chip, now: () => 0 };
		await runBatch(setup, [{ name: "none", faults: [] }], 0, new Campaign(chip.certificate));
		return chip.exchanges;
	}
	finally {
		await chip.close();
		rmSync(folder, { recursive: true, force: true });
	}
}
