// SPDX-License-Identifier: MIT

/** Speeds of the two builds, in bits per second: ESP-IDF's console, and xsbug's (DEBUGGER_SPEED in the SDK's makefiles). */
export const buildSpeeds = { release: 115_200, debug: 460_800 } as const;

/** Of so many characters, that share may be none that a serial line of this firmware has, before the speed is doubted. */
const sample = 400,
	share = 0.2;

/** Notices that what comes over a line is not text: another speed. */
export class SpeedWatch {
	#characters = 0;
	#strange = 0;

	/** Takes what came; returns true when the last few hundred characters were not text. */
	push(text: string): boolean {
		this.#characters += text.length;
		this.#strange += [...text].filter(
			character => character === "\ufffd" || (character < " " && !"\t\r\n\u001b".includes(character)),
		).length;
		if (this.#characters < sample) return false;
		const isStrange = this.#strange > this.#characters * share;
		this.#characters = this.#strange = 0;
		return isStrange;
	}
}
