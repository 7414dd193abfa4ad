// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import { BoardLine } from "../lib/serial/board-line.js";
import { explainOpening } from "../lib/serial/ports.js";
import { parseEvent } from "../lib/serial-lines.js";
import { UserError } from "../lib/user-error.js";

export interface FollowOptions {
	ports: readonly string[];
	baudRate: number | undefined;
	/** Seconds until a board without an echo has failed. */
	timeLimit: number;
	/** Shows a line of a board. */
	onLine(name: string, line: string): void;
}

/** What an ESP32's ROM prints after each reset (ESP-IDF, "Fatal Errors"). */
const resetLine = /^rst:0x[0-9a-f]+/i;
/** Restarts in one wait that are no accident: the tool makes one, a flash or a speed that is found out another. */
const restartsOfLoop = 4;

interface Seen {
	lastError: string | undefined;
	starts: number;
	resets: number;
}

/** Why a board had no echo in time. */
function explainSilence(path: string, timeLimit: number, { lastError, starts, resets }: Seen): string {
	const restarts = Math.max(starts, resets);
	const why =
		restarts >= restartsOfLoop
			? `: it restarted ${restarts} times. A brown-out (another cable, another USB port) or a panic: its lines above say which`
			: lastError === undefined
				? ": is the board powered, and does it have this firmware (leave out --skip flash)?"
				: `: ${lastError}`;
	return `${path} has had no echo within ${timeLimit} s${why}`;
}

/** Restarts one board and waits for an echo of its own; resolves with why it had none. */
async function followBoard(path: string, { baudRate, timeLimit, onLine }: FollowOptions): Promise<string | undefined> {
	const name = basename(path);
	const seen: Seen = { lastError: undefined, starts: 0, resets: 0 };
	let finish: (why: string | undefined) => void = () => undefined;
	const finished = new Promise<string | undefined>(resolve => (finish = resolve));
	const board = new BoardLine({
		path,
		baudRate,
		onLine(line) {
			onLine(name, line);
			const event = parseEvent(line);
			if (event?.name === "error" || event?.name === "waiting") seen.lastError = event.fields.message;
			if (event?.name === "start") seen.starts += 1;
			if (resetLine.test(line)) seen.resets += 1;
			if (event?.name === "receive" && event.fields.own === "true") finish(undefined);
		},
		onNote: note => onLine(name, note),
	});
	try {
		await board.start();
	} catch (error) {
		return explainOpening(path, error as Error);
	}
	const timer = setTimeout(() => finish(explainSilence(path, timeLimit, seen)), timeLimit * 1_000);
	try {
		await board.reset();
		return await finished;
	} finally {
		clearTimeout(timer);
		await board.close();
	}
}

/**
 * Restarts boards and shows what they print until each has received an echo of its own message.
 * @throws UserError with a line for each board that had none
 */
export async function follow(options: FollowOptions): Promise<void> {
	const reasons = await Promise.all(options.ports.map(port => followBoard(port, options)));
	const failures = reasons.filter(reason => reason !== undefined);
	if (failures.length > 0) throw new UserError(failures.join("\n"));
}
