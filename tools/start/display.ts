// SPDX-License-Identifier: MIT
import * as util from "node:util";
import { printable } from "../lib/printable.js";

const colours = ["cyan", "green", "magenta", "yellow", "blue", "red"] as const;

/** Lines of several sources on one terminal, each behind its source's name. */
export class Display {
	#width: number;
	#colour: boolean;
	#names: string[] = [];

	/** @param names the sources, for the width of their column */
	constructor(names: readonly string[], stream = process.stdout) {
		this.#width = Math.max(...names.map(name => name.length));
		this.#colour = Boolean(stream.isTTY) && !process.env.NO_COLOR && typeof util.styleText === "function";
	}

	line(name: string, text: string): void {
		console.log(`${this.#prefix(name)} ${printable(text)}`);
	}

	#prefix(name: string): string {
		const prefix = `${name.padEnd(this.#width)} │`;
		if (!this.#colour) return prefix;
		if (!this.#names.includes(name)) this.#names.push(name);
		return util.styleText(colours[this.#names.indexOf(name) % colours.length] ?? "cyan", prefix);
	}
}
