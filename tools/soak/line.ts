// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** One TCP connection of a device, on its way to the endpoint. */
export class Line {
	readonly #device: Socket;
	readonly #endpoint: Socket;
	#silent = false;
	/** How many bytes of the next ones still reach the device before it is cut off; undefined: all. */
	#limit: ((coming: number) => number) | undefined;
	#onCut: (() => void) | undefined;

	constructor(device: Socket, endpointPort: number) {
		this.#device = device;
		this.#endpoint = connect({ host: "127.0.0.1", port: endpointPort, noDelay: true });
		device.setNoDelay();
		device.on("data", (bytes: Buffer) => this.#forward(bytes, this.#endpoint, device));
		this.#endpoint.on("data", (bytes: Buffer) => this.#toDevice(bytes));
		for (const socket of [device, this.#endpoint]) socket.on("error", () => socket.destroy());
		device.on("close", () => this.#silent || this.#endpoint.destroy());
		this.#endpoint.on("close", () => this.#silent || device.destroySoon());
	}

	/** The device's side is closed. */
	get ended(): boolean {
		return this.#device.destroyed;
	}

	/** Calls back when the device's side is closed. */
	onEnd(callback: () => void): void {
		this.#device.once("close", callback);
	}

	/** Ends the connection when so many bytes more have gone to the device. */
	cutAfter(bytes: number, onCut: () => void): void {
		let left = bytes;
		this.#onCut = onCut;
		this.#limit = coming => {
			left -= coming;
			return left + coming;
		};
	}

	/** Ends the connection in the middle of what comes next for the device. */
	cutInRecord(onCut: () => void): void {
		this.#onCut = onCut;
		this.#limit = coming => coming >> 1;
	}

	/** Ends it by RST. */
	reset(): void {
		this.#device.resetAndDestroy();
	}

	/** What comes from either side is lost; the endpoint keeps its side until it has enough. */
	silence(): void {
		this.#silent = true;
	}

	/** Ends both sides. */
	destroy(): void {
		this.#device.destroy();
		this.#endpoint.destroy();
	}

	#toDevice(bytes: Buffer): void {
		const limit = this.#silent ? Infinity : (this.#limit?.(bytes.length) ?? Infinity);
		if (limit >= bytes.length) return this.#forward(bytes, this.#device, this.#endpoint);
		this.#limit = undefined;
		this.#device.end(bytes.subarray(0, limit), () => this.#device.destroy());
		this.#onCut?.();
	}

	#forward(bytes: Buffer, to: Socket, from: Socket): void {
		if (this.#silent || to.destroyed || to.writableEnded || to.write(bytes)) return;
		from.pause();
		to.once("drain", () => from.resume());
	}
}

/** Where one device finds the endpoint: a port of loopback, whose connections can be tampered with. */
export class Relay {
	readonly #server: Server;
	readonly #lines = new Set<Line>();

	/** @param onLine takes each connection as it begins */
	static async start(endpointPort: number, onLine: (line: Line) => void): Promise<Relay> {
		const relay = new Relay(endpointPort, onLine);
		relay.#server.listen(0, "127.0.0.1");
		await once(relay.#server, "listening");
		return relay;
	}

	private constructor(endpointPort: number, onLine: (line: Line) => void) {
		this.#server = createServer(socket => {
			const line = new Line(socket, endpointPort);
			this.#lines.add(line);
			onLine(line);
		});
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	close(): void {
		this.#server.close();
		for (const line of this.#lines) line.destroy();
	}
}
