// SPDX-License-Identifier: MIT
import type { SerialPort } from "serialport";
import { UserError } from "../../lib/user-error.js";
import type { HostConnectionOptions } from "./host-connection.js";
import { SerialLink } from "./serial-link.js";

/** A serial port, and its speed in bits per second. */
export interface SerialEndpoint {
	serial: string;
	baudRate: number;
}

/** How often a port that went away is looked for, in milliseconds: a USB adapter was pulled, or its board was reset. */
const retryDelay = 250;

/** Carries requests that come over a serial port to the bus. */
export class SerialServer {
	readonly #options: HostConnectionOptions;
	#port: SerialPort | undefined;
	#timer: NodeJS.Timeout | undefined;
	#isClosed = false;

	constructor(options: HostConnectionOptions) {
		this.#options = options;
	}

	/** Opens the port and returns its path. Throws UserError. */
	async listen(endpoint: SerialEndpoint): Promise<string> {
		try {
			await this.#open(endpoint);
		} catch (error) {
			throw new UserError(
				`The serial port ${endpoint.serial} cannot be opened (${(error as Error).message}): check the path, close other programs that use it, and check that this user may use it (group dialout).`,
			);
		}
		return endpoint.serial;
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#timer);
		const port = this.#port;
		if (port?.isOpen) await new Promise<void>(resolve => port.close(() => resolve()));
	}

	async #open(endpoint: SerialEndpoint): Promise<void> {
		const { SerialPort } = await import("serialport");
		const port = await new Promise<SerialPort>((resolve, reject) => {
			const opened: SerialPort = new SerialPort({ path: endpoint.serial, baudRate: endpoint.baudRate }, error =>
				error ? reject(error) : resolve(opened),
			);
		});
		this.#port = port;
		port.on("error", () => {}); // "close" follows
		port.once("close", () => this.#retry(endpoint));
		new SerialLink(port, this.#options);
	}

	#retry(endpoint: SerialEndpoint): void {
		if (this.#isClosed) return;
		this.#timer = setTimeout(() => this.#open(endpoint).catch(() => this.#retry(endpoint)), retryDelay);
	}
}
