// SPDX-License-Identifier: MIT
import { BoardLine } from "../../lib/serial/board-line.js";
import { explainOpening } from "../../lib/serial/ports.js";
import type { Item } from "./candidate.js";
import type { SourceLine } from "./lines.js";
import { readPemText } from "./text.js";

export interface SerialSourceOptions {
	/** Bits per second; undefined: that of the build which is on the board. */
	baudRate: number | undefined;
	/** Milliseconds that a board has to show its certificate. */
	timeLimit: number;
	/** Takes what a person should know about a port. */
	onNote?(note: string): void;
}

/** Lines that are taken as they come. */
class LineQueue implements AsyncIterable<SourceLine> {
	readonly #lines: SourceLine[] = [];
	#number = 0;
	#ended = false;
	#wake = () => {};

	push(text: string): void {
		this.#lines.push({ number: ++this.#number, text, tooLong: false });
		this.#wake();
	}

	end(): void {
		this.#ended = true;
		this.#wake();
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<SourceLine> {
		for (;;) {
			const line = this.#lines.shift();
			if (line) yield line;
			else if (this.#ended) return;
			else
				await new Promise<void>(resolve => {
					this.#wake = resolve;
				});
		}
	}
}

async function firstCertificate(path: string, lines: LineQueue): Promise<Item | undefined> {
	for await (const item of readPemText(path, lines)) if ("certificate" in item) return item;
	return undefined;
}

/** Why a board has shown no certificate. */
function silence(path: string, { timeLimit }: SerialSourceOptions, isLost: boolean): string {
	const seconds = timeLimit / 1_000;
	return isLost
		? `the port ${path} went away before the board had shown its certificate, and was not back within ${seconds} s: is the cable loose?`
		: `no certificate within ${seconds} s: is the board powered, is this firmware on it, and does its SE050 answer (npm run monitor shows what it prints)?`;
}

/** Restarts a board and reads UID and certificate from what it prints; a port that goes away with the restart is waited for. */
export async function readBoard(path: string, options: SerialSourceOptions): Promise<Item> {
	const { baudRate, timeLimit, onNote = () => undefined } = options;
	const origin = { name: path };
	const lines = new LineQueue();
	let isLost = false;
	const board = new BoardLine({
		path,
		baudRate,
		onLine: line => {
			isLost = false;
			lines.push(line);
		},
		onNote: note => onNote(`${path}: ${note}`),
		onLost: () => {
			isLost = true;
		},
	});
	try {
		await board.start();
	} catch (error) {
		return { origin, problem: explainOpening(path, error as Error) };
	}
	const limit = setTimeout(() => lines.end(), timeLimit);
	try {
		await board.reset();
		const item = await firstCertificate(path, lines);
		return item ? { ...item, origin } : { origin, problem: silence(path, options, isLost) };
	} finally {
		clearTimeout(limit);
		await board.close();
	}
}
