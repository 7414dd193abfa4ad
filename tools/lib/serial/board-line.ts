// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { openPort, type Port, PortConnection } from "./connection.js";
import { SerialDecoder } from "./decoder.js";
import { PortFinder } from "./ports.js";
import { buildSpeeds, SpeedWatch } from "./speed.js";

export interface BoardLineOptions {
	path: string;
	/** Bits per second; undefined: that of a release build, and of a debug build when it is one. */
	baudRate: number | undefined;
	/** Takes each line of the firmware. */
	onLine(line: string): void;
	/** Takes what a person should know about the board. */
	onNote(note: string): void;
	/** The port is open. @param path where it is now */
	onOpen?(path: string, baudRate: number): void;
	/** The port went away; it is opened again when it is back. */
	onLost?(): void;
	/** Opens a port; for tests. */
	open?: (path: string, baudRate: number) => Promise<Port>;
	finder?: PortFinder;
	retryDelay?: number;
}

/** One board's serial line: found again after a reset, at the speed of its build, as the firmware's lines. */
export class BoardLine {
	readonly #options: BoardLineOptions;
	readonly #decoder: SerialDecoder;
	readonly #connection: PortConnection;
	readonly #watch = new SpeedWatch();
	#speed: number;
	#hasSwitched = false;
	#isDebugBuild = false;

	constructor(options: BoardLineOptions) {
		const { path, baudRate, open = openPort, finder = new PortFinder(path), onNote, retryDelay } = options;
		this.#options = options;
		this.#speed = baudRate ?? buildSpeeds.release;
		this.#decoder = new SerialDecoder({
			onLine: options.onLine,
			reply: text => this.#connection.write(text),
			onDebugBuild: () => {
				this.#isDebugBuild = true;
				onNote(
					"this is a debug build: it speaks xsbug's protocol, which is answered here; breaks are shown and passed",
				);
			},
		});
		let present = path;
		this.#connection = new PortConnection({
			async open() {
				present = finder.find() ?? path;
				const port = await open(present, speed());
				finder.opened(present);
				return port;
			},
			onData: bytes => {
				this.#decoder.push(bytes);
				if (this.#watch.push(Buffer.from(bytes).toString())) void this.#switchSpeed();
			},
			onOpen: () => options.onOpen?.(present, this.#speed),
			isThere: () => options.open !== undefined || existsSync(present),
			onLost: () => {
				this.#decoder.end();
				onNote(`${present} went away; waiting for it`);
				options.onLost?.();
			},
			retryDelay,
		});
		const speed = () => this.#speed;
	}

	/** The board has shown that its line belongs to a debugger. */
	get isDebugBuild(): boolean {
		return this.#isDebugBuild;
	}

	/** @throws the system's reason when the port does not open */
	start(): Promise<void> {
		return this.#connection.start();
	}

	/** Restarts the board. */
	reset(): Promise<void> {
		return this.#connection.reset();
	}

	write(text: string): void {
		this.#connection.write(text);
	}

	async close(): Promise<void> {
		await this.#connection.close();
		this.#decoder.end();
	}

	/** What comes is not text: tries the speed of the other build, once, from the board's start: a debugger is waited for there. */
	async #switchSpeed(): Promise<void> {
		const { baudRate, onNote } = this.#options;
		if (this.#hasSwitched) return;
		this.#hasSwitched = true;
		const other = this.#speed === buildSpeeds.debug ? buildSpeeds.release : buildSpeeds.debug;
		if (baudRate !== undefined) {
			onNote(
				`this is not text: the speed may be another one than ${baudRate}; a release build prints at 115200, a debug build at 460800`,
			);
			return;
		}
		onNote(`this is not text at ${this.#speed}: trying ${other}, and restarting the board`);
		this.#speed = other;
		await this.#connection.setSpeed(other);
		await this.#connection.reset();
	}
}
