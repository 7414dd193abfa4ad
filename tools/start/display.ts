// SPDX-License-Identifier: MIT
import { styleText } from "node:util";
import { printJson, serialJson } from "../lib/json-lines.js";
import { printable } from "../lib/printable.js";
import { parseEvent, pemBegin } from "../lib/serial-lines.js";

type Colour = "cyan" | "green" | "magenta" | "blue" | "red" | "yellow";

const nameColours: readonly Colour[] = ["cyan", "green", "magenta", "blue"];

/** How lines are shown. */
export interface DisplayOptions {
	/** Lines of NDJSON in place of text. */
	json: boolean;
	/** Only errors, warnings and what the command itself reports. */
	quiet: boolean;
	/** The certificates that devices print, too. */
	pem: boolean;
}

/** What a line means to a person; it decides on colour and on what --quiet leaves. */
type Weight = "normal" | "warning" | "error";

const weightOfEvent: Readonly<Record<string, Weight>> = { error: "error", retry: "warning" };
const warningText = /\b(refused|disconnecting|dropped|throttled|Exception|warning)\b/i;
const errorText = /^(could not|cannot|was ended|ended with)|\b(Uncaught|Unhandled|ERROR|runtime error)\b/;

function weightOf(text: string, event: string | undefined): Weight {
	if (event !== undefined) return weightOfEvent[event] ?? "normal";
	if (errorText.test(text)) return "error";
	return warningText.test(text) ? "warning" : "normal";
}

/** Lines of several sources on one terminal: the source's name, the time since the command began, and the text. */
export class Display {
	readonly #width: number;
	readonly #options: DisplayOptions;
	readonly #colour: boolean;
	readonly #names: readonly string[];
	/** Sources in the middle of a certificate. */
	readonly #inCertificate = new Set<string>();

	/** @param names the sources, for the width of their column */
	constructor(names: readonly string[], options: DisplayOptions, stream: { isTTY?: boolean } = process.stdout) {
		this.#names = names;
		this.#options = options;
		this.#width = Math.max(...names.map(name => name.length));
		this.#colour = Boolean(stream.isTTY) && !process.env.NO_COLOR && !options.json;
	}

	/** A line of a device or a program. */
	line(name: string, text: string): void {
		if (this.#hides(name, text)) return;
		const event = parseEvent(text);
		const weight = weightOf(text, event?.name);
		if (this.#options.quiet && weight === "normal") return;
		if (this.#options.json) return console.log(serialJson(name, text));
		const body = printable(event ? text.replace(/^ *[\d.]+ /, "") : text);
		const line = `${(performance.now() / 1_000).toFixed(3).padStart(9)} ${body}`;
		console.log(
			`${this.#prefix(name)} ${weight === "normal" ? line : this.#in(weight === "error" ? "red" : "yellow", line)}`,
		);
	}

	/** What the command itself has to say: a sentence for a person, or an event with --json. */
	report(text: string, event: string, fields: Readonly<Record<string, unknown>>): void {
		if (this.#options.json) printJson(event, fields);
		else console.log(text);
	}

	#hides(name: string, text: string): boolean {
		const isBegin = pemBegin.test(text);
		if (isBegin) this.#inCertificate.add(name);
		const isInside = this.#inCertificate.has(name) && parseEvent(text) === undefined;
		if (!isInside || text.includes("-----END ")) this.#inCertificate.delete(name);
		return isInside && !this.#options.pem;
	}

	#in(colour: Colour, text: string): string {
		return this.#colour ? styleText(colour, text) : text;
	}

	#prefix(name: string): string {
		const colour = nameColours[Math.max(0, this.#names.indexOf(name)) % nameColours.length] ?? "cyan";
		return this.#in(colour, `${name.padEnd(this.#width)} │`);
	}
}
