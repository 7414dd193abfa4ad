// SPDX-License-Identifier: MIT
/** A serial port, as far as it is used; serialport's class fits. */
export interface Port {
	on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
	on(event: "close" | "error", listener: (error?: Error | null) => void): unknown;
	/** Sets control lines. */
	set(lines: { dtr: boolean; rts: boolean }, done: (error: Error | null) => void): void;
	close(done: () => void): void;
	readonly isOpen: boolean;
}

export interface ConnectionOptions {
	/** Opens the port; rejects with the system's reason. */
	open(): Promise<Port>;
	onData(bytes: Uint8Array): void;
	onOpen(): void;
	/** The port went away; opening it is tried again until it is back. */
	onLost(): void;
	/** Milliseconds between two attempts. */
	retryDelay?: number;
}

/** A serial port that is opened again whenever it went away: a board that resets takes its USB port with it. */
export class Connection {
	readonly #options: ConnectionOptions;
	#port: Port | undefined;
	#timer: NodeJS.Timeout | undefined;
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
		onOpen();
	}

	/** Restarts an ESP32 through its board's auto-reset circuit: RTS pulls EN low for a tenth of a second. Ports without such lines ignore it. */
	async reset(): Promise<void> {
		await this.#setLines({ dtr: false, rts: true });
		await new Promise(resolve => setTimeout(resolve, 100));
		await this.#setLines({ dtr: false, rts: false });
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#timer);
		const port = this.#port;
		this.#port = undefined;
		if (port?.isOpen) await new Promise<void>(resolve => port.close(resolve));
	}

	#setLines(lines: { dtr: boolean; rts: boolean }): Promise<void> {
		return new Promise(resolve => (this.#port ? this.#port.set(lines, () => resolve()) : resolve()));
	}

	#lost(port: Port): void {
		if (port !== this.#port || this.#isClosed) return;
		this.#port = undefined;
		if (port.isOpen) port.close(() => undefined);
		this.#options.onLost();
		this.#retry();
	}

	#retry(): void {
		this.#timer = setTimeout(() => this.start().catch(() => this.#retry()), this.#options.retryDelay ?? 250);
	}
}
