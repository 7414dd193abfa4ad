// SPDX-License-Identifier: MIT
import { BoardLine, type BoardLineOptions } from "../lib/serial/board-line.js";
import { explainOpening } from "../lib/serial/ports.js";
import { parseEvent, type SerialEvent } from "../lib/serial-lines.js";
import { shellWord } from "../lib/shell-word.js";
import { UserError } from "../lib/user-error.js";

export interface DialogueOptions {
	path: string;
	baudRate: number | undefined;
	/** Takes what a person should know about the board. */
	onNote(note: string): void;
	/** Seconds until a board that does not answer has failed. */
	patience: number;
	/** Opens a port; for tests. */
	open?: BoardLineOptions["open"];
}

/**
 * How soon a command is sent again, in milliseconds: the board may have been starting. Doubles each time: a board that is
 * slow would otherwise get more commands than it answers.
 */
const firstRepetition = 1_500;

/** In place of an event of the board: its port is open, for the first time or again. No event has such a name. */
const opened = "(opened)";

interface Wait {
	fits(event: SerialEvent): boolean;
	found(event: SerialEvent): void;
}

/** Commands to one board and its answers (docs/serial.md). What is sent is never shown: it may hold a password. */
export class Dialogue {
	readonly #options: DialogueOptions;
	readonly #line: BoardLine;
	#hasPrinted = false;
	#wait: Wait | undefined;
	/** What came since the last command and nobody has waited for yet. */
	#events: SerialEvent[] = [];

	constructor(options: DialogueOptions) {
		this.#options = options;
		const { path, baudRate, onNote, open } = options;
		this.#line = new BoardLine({
			path,
			baudRate,
			onNote,
			onLine: line => this.#takeLine(line),
			onOpen: () => this.#take({ seconds: 0, name: opened, fields: {} }),
			open,
		});
	}

	/** @throws UserError when the port does not open */
	async open(): Promise<void> {
		await this.#line.start().catch((error: Error) => {
			throw new UserError(explainOpening(this.#options.path, error));
		});
	}

	close(): Promise<void> {
		return this.#line.close();
	}

	/**
	 * Sends a command until it is answered; it must mean the same when it comes twice.
	 * @param answer the name of the answer's event
	 * @param isWhole whether it answers the whole command, of which bytes may have been lost; if not, it is sent again
	 * @throws UserError when the board refuses it twice, because the first may have lost bytes, or does not answer
	 */
	async ask(
		command: string,
		answer: string,
		isWhole: (event: SerialEvent) => boolean = () => true,
	): Promise<SerialEvent> {
		const fits = (event: SerialEvent) => event.name === "refused" || (event.name === answer && isWhole(event));
		const first = await this.#request(command, fits);
		const event = first.name === "refused" ? await this.#request(command, fits) : first;
		if (event.name === "refused") throw new UserError(`${this.#options.path} refuses: ${event.fields.message ?? ""}`);
		return event;
	}

	/** Sends a command until an event fits. */
	async #request(command: string, fits: Wait["fits"]): Promise<SerialEvent> {
		const { path } = this.#options;
		let timer: NodeJS.Timeout | undefined;
		const send = (repetition: number) => {
			if (this.#line.isDebugBuild) return this.#fail(debugBuild(path));
			this.#line.write(`\n${command}\n`); // the first line end completes whatever came before
			timer = setTimeout(() => send(2 * repetition), repetition);
		};
		this.#events = [];
		const waiting = this.#next(fits, () => noAnswer(path, this.#hasPrinted));
		send(firstRepetition);
		try {
			return await waiting;
		} finally {
			clearTimeout(timer);
		}
	}

	/**
	 * Resolves when the firmware has started again; also when its port is open again: what it printed meanwhile is lost.
	 * @param isRestarting it does so by itself, since the last command
	 */
	async restart(isRestarting: boolean): Promise<void> {
		const started = this.#next(
			({ name }) => name === "start" || name === opened,
			() => `${this.#options.path} did not start again: press its reset button.`,
		);
		if (!isRestarting) this.#line.write("\nrestart\n");
		await started;
	}

	/** The next event that fits. @throws UserError with `late` */
	#next(fits: Wait["fits"], late: () => string): Promise<SerialEvent> {
		const here = this.#events.find(fits);
		if (here) return Promise.resolve(here);
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => this.#fail(late()), this.#options.patience * 1_000);
			this.#fail = message => {
				clearTimeout(timer);
				this.#wait = undefined;
				reject(new UserError(message));
			};
			this.#wait = {
				fits,
				found: event => {
					clearTimeout(timer);
					this.#wait = undefined;
					resolve(event);
				},
			};
		});
	}

	/** Ends the wait with a failure. */
	#fail: (message: string) => void = () => undefined;

	#takeLine(line: string): void {
		this.#hasPrinted = true;
		const event = parseEvent(line);
		if (event) this.#take(event);
	}

	#take(event: SerialEvent): void {
		if (!this.#wait?.fits(event)) return void this.#events.push(event);
		this.#events = []; // what came before is of the time before
		this.#wait.found(event);
	}
}

function debugBuild(path: string): string {
	return `The board at ${path} has a debug build, whose serial line belongs to xsbug: it takes no settings. Flash a release build (mcconfig -m, without -d), or give the settings on the build line.`;
}

function noAnswer(path: string, hasPrinted: boolean): string {
	return hasPrinted
		? `The board at ${path} prints, but does not answer: its firmware is older than this command or was built with configure=0, or the line to the board is not connected (RX of the board to TX of the adapter). Flash this firmware: npm run board -- --port ${shellWord(path)} --skip register.`
		: `Nothing answers at ${path}: check that it is the board's port, that the board is powered, that no other program resets it, and that it has this firmware (npm run board -- --port ${shellWord(path)} --skip register).`;
}
