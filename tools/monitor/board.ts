// SPDX-License-Identifier: MIT
import type { Authorities } from "../lib/authorities.js";
import { BoardLine } from "../lib/serial/board-line.js";
import { explainOpening } from "../lib/serial/ports.js";
import { type Addr2line, type PanicAddresses, PanicReader } from "./backtrace.js";
import type { ChipFolder, Saving } from "./chip-folder.js";
import type { Output } from "./output.js";
import { RecordError, type RecordedChip, Recorder } from "./recorder.js";

export interface MonitoredOptions {
	path: string;
	baudRate: number | undefined;
	/** Name in front of its lines, where there are several boards. */
	name: string | undefined;
	output: Output;
	folder: ChipFolder | undefined;
	authorities: Authorities | undefined;
	addr2line: Addr2line | undefined;
}

/** What is said of a chip that was to be saved. */
function savingText({ uid }: RecordedChip, saving: Saving): string {
	if (saving.kind === "new") return `saved the certificate of ${uid} as ${saving.file}`;
	if (saving.kind === "known") return `the certificate of ${uid} is already in ${saving.file}`;
	return `NOT saved: another certificate is kept for the UID ${uid} (${saving.keptId}, ${saving.file}). One chip has one certificate: find out which of the two is the chip's; if it is the new one, move the file and its ledger line away`;
}

/** One board that is watched: its lines, its chip's certificate, its panics. */
export class MonitoredBoard {
	readonly #options: MonitoredOptions;
	readonly #line: BoardLine;
	readonly #recorder: Recorder;
	readonly #panics = new PanicReader();
	/** What is being explained, so that the explanations come in the order of the lines. */
	#explained = Promise.resolve();

	constructor(options: MonitoredOptions) {
		this.#options = options;
		const { path, baudRate, authorities } = options;
		this.#recorder = new Recorder(authorities);
		this.#line = new BoardLine({
			path,
			baudRate,
			onLine: line => this.#take(line),
			onNote: note => this.#note(note),
			onOpen: (present, speed) =>
				this.#note(`${present}${present === path ? "" : ` (was ${path})`} at ${speed}; Ctrl-C ends the monitor`),
		});
	}

	/** @throws Error of one sentence when the port does not open */
	async start(): Promise<void> {
		const { path } = this.#options;
		await this.#line.start().catch((error: Error) => {
			throw new Error(explainOpening(path, error));
		});
	}

	reset(): Promise<void> {
		return this.#line.reset();
	}

	close(): Promise<void> {
		return this.#line.close();
	}

	#note(text: string): void {
		this.#options.output.note(this.#options.name, text);
	}

	#take(line: string): void {
		this.#options.output.line(this.#options.name, line);
		this.#record(line);
		const addresses = this.#panics.push(line);
		if (addresses) this.#explained = this.#explained.then(() => this.#explain(addresses));
	}

	async #explain(addresses: PanicAddresses): Promise<void> {
		for (const line of (await this.#options.addr2line?.explain(addresses)) ?? []) this.#note(line);
	}

	#record(line: string): void {
		try {
			const chip = this.#recorder.push(line);
			const saving = chip && this.#options.folder?.save(chip);
			if (chip && saving) this.#note(savingText(chip, saving));
		} catch (error) {
			if (!(error instanceof RecordError)) throw error;
			this.#note(error.message);
		}
	}
}
