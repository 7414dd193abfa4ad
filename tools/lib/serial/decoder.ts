// SPDX-License-Identifier: MIT
import { LineSplitter } from "./lines.js";
import { readInstruction, readMessage, xsbugAnswer } from "./xsbug.js";

export interface DecoderOptions {
	/** Takes each line of the firmware, whichever build it is. */
	onLine(line: string): void;
	/** Writes to the board what its debugger would. */
	reply(text: string): void;
	/** Called once, when the board turns out to be a debug build. */
	onDebugBuild?(): void;
}

const begin = "<xsbug>",
	end = "</xsbug>";
/** Longest message that is waited for, in characters: a break with all its frames and variables. */
const maximumMessage = 1 << 20;
/** Longest line of a message, in characters. */
const maximumLine = 1 << 16;

/**
 * Turns what comes over a serial line into the firmware's lines: of a release build as they are; of a debug build out
 * of the messages of xsbug's protocol, which are answered as far as the board waits for it. Breaks and exceptions become
 * lines, too. Binary messages do not come: they answer commands that are never sent from here.
 */
export class SerialDecoder {
	readonly #options: DecoderOptions;
	readonly #lines = new LineSplitter(line => this.#line(line), maximumLine);
	readonly #log: LineSplitter;
	/** Value of the last processing instruction: the machine whose messages follow. */
	#machine: string | undefined;
	/** A message that has begun. */
	#message: string | undefined;
	#isDebugBuild = false;

	constructor(options: DecoderOptions) {
		this.#options = options;
		this.#log = new LineSplitter(line => options.onLine(line));
	}

	push(bytes: Uint8Array): void {
		this.#lines.push(bytes);
	}

	/** The line is interrupted: hands on what has no end, and begins again. */
	end(): void {
		this.#lines.end();
		this.#log.end();
		this.#message = this.#machine = undefined;
	}

	#line(line: string): void {
		const instruction = readInstruction(line);
		if (instruction) {
			// It also ends a message whose end was lost.
			this.#message = undefined;
			this.#machine = instruction.kind === "-" ? undefined : instruction.machine;
			this.#noticeDebugBuild();
			if (instruction.before !== "") this.#options.onLine(instruction.before);
		} else if (this.#message !== undefined) this.#continue(`\n${line}`);
		else if (this.#machine !== undefined && line.startsWith(begin)) this.#continue(line);
		else if (line !== "" || !this.#isDebugBuild) this.#options.onLine(line);
	}

	#noticeDebugBuild(): void {
		if (this.#isDebugBuild) return;
		this.#isDebugBuild = true;
		this.#options.onDebugBuild?.();
	}

	#continue(text: string): void {
		const message = (this.#message ?? "") + text;
		this.#message = message.length > maximumMessage ? undefined : message;
		if (!message.endsWith(end)) return;
		this.#message = undefined;
		const { onLine, reply } = this.#options;
		const read = readMessage(message);
		if (read.log !== "") this.#log.push(Buffer.from(read.log));
		for (const note of read.notes) onLine(note);
		const replied = xsbugAnswer(this.#machine ?? "", read);
		if (replied !== "") reply(replied);
	}
}
