// SPDX-License-Identifier: MIT
import { closeSync, openSync, writeSync } from "node:fs";
import { printable } from "../lib/printable.js";
import type { View } from "./view.js";

export interface OutputOptions {
	view: View;
	print(line: string): void;
	/** Wall-clock time in front of each line. */
	time: boolean;
	/** Only lines that match are printed; what the monitor itself says always is. */
	filter: RegExp | undefined;
	/** File to which every line goes, with its time. */
	log: string | undefined;
	/** Lines as they came, with their control characters. */
	raw: boolean;
	now(): Date;
}

/** `2026-11-28 02:00:00.123`, local time. */
function stamp(now: Date): string {
	const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
	return local.toISOString().replace("T", " ").replace("Z", "");
}

/** Where the lines of all boards go: the terminal, and a file. */
export class Output {
	readonly #options: OutputOptions;
	readonly #log: number | undefined;

	/** @throws Error of one sentence when the log file cannot be written */
	constructor(options: OutputOptions) {
		this.#options = options;
		try {
			this.#log = options.log === undefined ? undefined : openSync(options.log, "a");
		} catch (error) {
			throw new Error(`The log file ${options.log} cannot be written: ${(error as Error).message}.`);
		}
	}

	/** A board's line. @param source its name, where there are several */
	line(source: string | undefined, line: string): void {
		const { view, filter, raw } = this.#options;
		this.#keep(source, line);
		if (filter && !filter.test(line)) return;
		this.#print(source, raw ? line : view.line(line));
	}

	/** The monitor's own words. */
	note(source: string | undefined, text: string): void {
		this.#keep(source, `— ${text}`);
		this.#print(source, this.#options.view.note(text));
	}

	close(): void {
		if (this.#log !== undefined) closeSync(this.#log);
	}

	#print(source: string | undefined, text: string): void {
		const { time, now, print } = this.#options;
		print(`${source === undefined ? "" : `${source} │ `}${time ? `[${stamp(now())}] ` : ""}${text}`);
	}

	#keep(source: string | undefined, text: string): void {
		if (this.#log === undefined) return;
		const name = source === undefined ? "" : `${source} │ `;
		writeSync(this.#log, `${name}[${stamp(this.#options.now())}] ${printable(text)}\n`);
	}
}
