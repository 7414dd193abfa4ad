// SPDX-License-Identifier: MIT
/** Of so many characters, that share may be none that a serial line of this firmware has, before the speed is doubted. */
const sample = 400,
	share = 0.2;

/** Recognises what comes over a line that is not this firmware's release build at this speed. Each hint is given once. */
export class Hints {
	#characters = 0;
	#strange = 0;
	readonly #given = new Set<string>();

	/** Takes one line; returns a hint when it is time for one. */
	push(line: string): string | undefined {
		if (/^<\?xs\.[0-9a-fA-F]+\?>|<xsbug>/.test(line))
			return this.#once(
				"This is a debug build: its serial line speaks xsbug's protocol. See its output in xsbug, or build without -d.",
			);
		this.#characters += line.length;
		this.#strange += [...line].filter(
			character => character === "\ufffd" || (character < " " && character !== "\t" && character !== "\u001b"),
		).length;
		if (this.#characters < sample) return undefined;
		const isStrange = this.#strange > this.#characters * share;
		this.#characters = this.#strange = 0;
		return isStrange
			? this.#once(
					"These are no readable characters: the speed may be another one. A release build prints at 115200, a debug build at 460800.",
				)
			: undefined;
	}

	#once(hint: string): string | undefined {
		if (this.#given.has(hint)) return undefined;
		this.#given.add(hint);
		return hint;
	}
}
