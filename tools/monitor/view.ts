// SPDX-License-Identifier: MIT
import * as util from "node:util";
import { printable } from "../lib/printable.js";
import { parseEvent } from "../lib/serial-lines.js";

const colours: Readonly<Record<string, "red" | "yellow" | "green" | "cyan">> = {
	error: "red",
	refused: "red",
	waiting: "yellow",
	warning: "yellow",
	full: "yellow",
	retry: "yellow",
	online: "green",
	time: "green",
	secured: "green",
	subscribed: "green",
	done: "green",
	receive: "cyan",
};

/** How lines look on a terminal: events by what they mean, the rest as it came. */
export class View {
	readonly #isColoured: boolean;

	constructor(stream: { isTTY?: boolean } = process.stdout) {
		this.#isColoured = Boolean(stream.isTTY) && !process.env.NO_COLOR && typeof util.styleText === "function";
	}

	line(line: string): string {
		const colour = this.#isColoured ? colours[parseEvent(line)?.name ?? ""] : undefined;
		const text = printable(line);
		return colour ? util.styleText(colour, text) : text;
	}

	/** The monitor's own words. */
	note(text: string): string {
		const shown = printable(`— ${text}`);
		return this.#isColoured ? util.styleText("magenta", shown) : shown;
	}
}
