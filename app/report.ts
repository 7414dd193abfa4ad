// SPDX-License-Identifier: MIT
import type { Fields } from "../modules/iot/events.js";

export interface ReportOptions {
	/** Writes one line; the line end is its own business. */
	print(line: string): void;
	/** A monotonic clock, in milliseconds. */
	now(): number;
}

/** True when a value can stand without quotes: printable ASCII. No RegExp: XS allows none at the top of a preloaded module. */
function isBare(string: string): boolean {
	for (const character of string) {
		if (character <= " " || character > "~" || character === '"' || character === "=") return false;
	}
	return string !== "";
}

function text(value: string | number | boolean): string {
	const string = String(value);
	return isBare(string) ? string : JSON.stringify(string);
}

/**
 * The serial output: a line an event, for a person and for a program (docs/serial.md): seconds since the start,
 * the event, then `name=value` pairs; a value with white space, quotes or `=` is a JSON string.
 */
export class Report {
	#print: (line: string) => void;
	#now: () => number;
	#start: number;

	constructor({ print, now }: ReportOptions) {
		this.#print = print;
		this.#now = now;
		this.#start = now();
	}

	/** One event; undefined fields are left out. */
	event(name: string, fields: Fields = {}): void {
		let line = `${((this.#now() - this.#start) / 1000).toFixed(3).padStart(9)} ${name.padEnd(11)}`;
		for (const key in fields) {
			const value = fields[key];
			if (value !== undefined) line += ` ${key}=${text(value)}`;
		}
		this.#print(line.trimEnd());
	}

	/** A line as it is: of a PEM block. */
	line(line: string): void {
		this.#print(line);
	}
}
