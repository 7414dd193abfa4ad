// SPDX-License-Identifier: MIT
import { MultiBar, type SingleBar } from "cli-progress";
import { counted } from "../lib/counted.js";
import { jsonLine } from "../lib/json-lines.js";
import { printable } from "../lib/printable.js";
import { duration, Estimate } from "./estimate.js";
import { type CandidateResult, isShown, resultTexts } from "./outcome.js";
import type { CandidateReport } from "./run.js";
import { originText } from "./sources/candidate.js";

/** How often the progress is printed where there is no terminal, in milliseconds. */
const plainInterval = 10_000;
/** After so many lines about certificates that went well, further ones are only counted. */
const chattyLines = 20;

const barFormat = "{bar} {percentage} %  {done} certificates  {rate}/s  {remaining}";
const barSteps = 1_000;

export interface ProgressOptions {
	/** Bytes of all sources, if known. */
	total: number | undefined;
	/** A line for each certificate, however many there are. */
	verbose: boolean;
	/** Lines of JSON in place of text. */
	json: boolean;
	terminal: boolean;
	print(line: string): void;
	/** Monotonic, in milliseconds. */
	now(): number;
}

/** What a person sees of a run: a line for what matters, the progress, and a summary. */
export class ProvisionDisplay {
	readonly #options: ProgressOptions;
	readonly #estimate: Estimate;
	readonly #counts = new Map<CandidateResult, number>();
	#bars: MultiBar | undefined;
	#bar: SingleBar | undefined;
	#done = 0;
	#position = 0;
	#lines = 0;
	#toldAt: number;
	#startedAt: number | undefined;

	constructor(options: ProgressOptions) {
		this.#options = options;
		this.#toldAt = options.now();
		this.#estimate = new Estimate(options.total, this.#toldAt);
	}

	/** Shows the progress from now on. */
	start(): void {
		const { terminal, total, now, json } = this.#options;
		this.#startedAt = now();
		if (!terminal || !total || json) return;
		this.#bars = new MultiBar({
			format: barFormat,
			hideCursor: true,
			clearOnComplete: true,
			stopOnComplete: false,
			forceRedraw: true,
		});
		this.#bar = this.#bars.create(barSteps, 0, this.#payload());
	}

	/** A line above the progress. */
	line(text: string): void {
		const { json, print } = this.#options;
		if (json) print(jsonLine("note", { text }));
		else if (this.#bars) this.#bars.log(`${text}\n`);
		else print(text);
	}

	report(report: CandidateReport): void {
		const { result, position } = report;
		this.#done += 1;
		this.#position = Math.max(this.#position, position);
		this.#counts.set(result, this.count(result) + 1);
		this.#estimate.update(this.#options.now(), this.#done, this.#position);
		if (this.#options.json) this.#options.print(jsonLine("certificate", fieldsOf(report)));
		else if (this.#isWorthALine(report)) this.line(lineOf(report));
		this.#progress();
	}

	count(result: CandidateResult): number {
		return this.#counts.get(result) ?? 0;
	}

	/** Ends the progress. @returns the summary's lines; none when nothing was started */
	end(): string[] {
		this.#bars?.stop();
		this.#bars = undefined;
		if (this.#startedAt === undefined) return [];
		const seconds = (this.#options.now() - this.#startedAt) / 1_000;
		if (this.#options.json)
			return [
				jsonLine("summary", {
					counts: Object.fromEntries(this.#counts),
					done: this.#done,
					duration: Number(seconds.toFixed(3)),
				}),
			];
		const counts = (Object.keys(resultTexts) as CandidateResult[])
			.filter(result => this.count(result) > 0)
			.map(result => `${String(this.count(result)).padStart(8)}  ${resultTexts[result].summary}`);
		const rate = seconds > 0 ? `, ${(this.#done / seconds).toFixed(1)}/s` : "";
		return [...counts, `${String(this.#done).padStart(8)}  in ${duration(seconds)}${rate}`];
	}

	#isWorthALine(report: CandidateReport): boolean {
		if (this.#options.verbose || isShown(report)) return true;
		this.#lines += 1;
		if (this.#lines === chattyLines + 1)
			this.line("… further certificates that go well are only counted (--verbose shows each)");
		return this.#lines <= chattyLines;
	}

	#payload(): { done: number; rate: string; remaining: string } {
		const { rate, remaining } = this.#estimate;
		return {
			done: this.#done,
			rate: rate.toFixed(1),
			remaining: remaining === undefined ? "" : `${duration(remaining)} left`,
		};
	}

	#progress(): void {
		const { fraction } = this.#estimate;
		if (this.#bar) {
			this.#bar.update(Math.round((fraction ?? 0) * barSteps), this.#payload());
			return;
		}
		const now = this.#options.now();
		if (now - this.#toldAt < plainInterval) return;
		this.#toldAt = now;
		if (this.#options.json) {
			const { rate, remaining } = this.#estimate;
			const fields = { done: this.#done, fraction, rate: Number(rate.toFixed(1)), remaining };
			return this.#options.print(jsonLine("progress", fields));
		}
		const { done, rate, remaining } = this.#payload();
		const percent = fraction === undefined ? "" : ` ${Math.floor(fraction * 100)} %,`;
		this.#options.print(
			[`…${percent} ${counted(done, "certificate")}`, `${rate}/s`, remaining].filter(Boolean).join(", "),
		);
	}
}

function fieldsOf({ candidate, certificate, device, result, note }: CandidateReport): Record<string, unknown> {
	return {
		result,
		note,
		origin: originText(candidate.origin),
		uid: certificate?.uid ?? candidate.uid,
		clientId: device?.clientId,
		thingName: device?.thingName,
		certificateId: certificate?.id,
	};
}

/** `ledger.csv:17  BABQ…  FAILED: it expired at …` */
export function lineOf({ candidate, certificate, device, result, note }: Omit<CandidateReport, "position">): string {
	const who = device?.thingName ?? candidate.uid ?? "";
	const { line: what } = resultTexts[result];
	const id = certificate ? `certificate ${certificate.id}` : "";
	return printable(
		[originText(candidate.origin), who, note ? `${what}: ${note}` : what, note ? "" : id].filter(Boolean).join("  "),
	);
}
