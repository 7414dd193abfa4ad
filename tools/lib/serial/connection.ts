// SPDX-License-Identifier: MIT
import { SerialPort } from "serialport";

/** A serial port, as far as it is used; serialport's class fits. */
export interface Port {
	on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
	on(event: "close" | "error", listener: (error?: Error | null) => void): unknown;
	write(text: string): unknown;
	/** Sets control lines. */
	set(lines: { dtr: boolean; rts: boolean }, done: (error: Error | null) => void): void;
	/** Sets the speed, in bits per second. */
	update(options: { baudRate: number }, done: (error: Error | null) => void): void;
	close(done: () => void): void;
	readonly isOpen: boolean;
}

/** Opens a serial port of this machine. @param baudRate bits per second. Rejects with the system's reason. */
export function openPort(path: string, baudRate: number): Promise<Port> {
	return new Promise((resolve, reject) => {
		const port: SerialPort = new SerialPort({ path, baudRate }, error =>
			error ? reject(error) : resolve(port as Port),
		);
	});
}

export interface ConnectionOptions {
	/** Opens the port, wherever it is now; rejects with the system's reason. */
	open(): Promise<Port>;
	onData(bytes: Uint8Array): void;
	onOpen(): void;
	/** The port went away; opening it is tried again until it is back. */
	onLost(): void;
	/** Whether the port still exists: the system does not always report that it went away. Default: it does. */
	isThere?(): boolean;
	/** Milliseconds between two attempts, and between two looks at whether the port is there. */
	retryDelay?: number;
}

/** How long EN is held low, in milliseconds. */
const resetPulse = 100;

/** Milliseconds between two attempts to open a port again, and between two looks at whether an open one still exists. */
const defaultDelay = 250;

const wait = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds));

/** A serial port that is opened again whenever it went away: a board that resets takes its USB port with it. */
export class PortConnection {
	readonly #options: ConnectionOptions;
	#port: Port | undefined;
	#timer: NodeJS.Timeout | undefined;
	#watch: NodeJS.Timeout | undefined;
	#isClosed = false;

	constructor(options: ConnectionOptions) {
		this.#options = options;
	}

	/** Opens the port for the first time. @throws the system's reason */
	async start(): Promise<void> {
		const { open, onData, onOpen } = this.#options;
		const port = await open();
		if (this.#isClosed) return port.close(() => undefined);
		this.#port = port;
		port.on("data", onData);
		port.on("close", () => this.#lost(port));
		port.on("error", () => this.#lost(port));
		this.#watch = setInterval(() => {
			if (this.#options.isThere?.() === false) this.#lost(port);
		}, this.#delay).unref();
		onOpen();
	}

	/** Writes to the board; nothing while the port is away. */
	write(text: string): void {
		this.#port?.write(text);
	}

	/** Restarts an ESP32 through its board's auto-reset circuit: RTS pulls EN low. Ports without such lines ignore it. */
	async reset(): Promise<void> {
		await this.#setLines({ dtr: false, rts: true });
		await wait(resetPulse);
		await this.#setLines({ dtr: false, rts: false });
	}

	/** @param baudRate bits per second */
	setSpeed(baudRate: number): Promise<void> {
		return new Promise(resolve => (this.#port ? this.#port.update({ baudRate }, () => resolve()) : resolve()));
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#timer);
		clearInterval(this.#watch);
		const port = this.#port;
		this.#port = undefined;
		if (port?.isOpen) await new Promise<void>(resolve => port.close(resolve));
	}

	#setLines(lines: { dtr: boolean; rts: boolean }): Promise<void> {
		return new Promise(resolve => (this.#port ? this.#port.set(lines, () => resolve()) : resolve()));
	}

	get #delay(): number {
		return this.#options.retryDelay ?? defaultDelay;
	}

	#lost(port: Port): void {
		if (port !== this.#port || this.#isClosed) return;
		this.#port = undefined;
		clearInterval(this.#watch);
		if (port.isOpen) port.close(() => undefined);
		this.#options.onLost();
		this.#retry();
	}

	#retry(): void {
		this.#timer = setTimeout(() => this.start().catch(() => this.#retry()), this.#delay);
	}
}
