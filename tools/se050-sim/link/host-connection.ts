// SPDX-License-Identifier: MIT
import type { Socket } from "node:net";
import { concat } from "../../lib/bytes.js";
import type { Bus } from "../bus/bus.js";
import {
	encodeResponse,
	type LinkRequest,
	ProtocolError,
	parseRequest,
	responseTypes,
	splitMessage,
} from "./link-protocol.js";

export interface HostConnectionOptions {
	bus: Bus;
	/** Simulated time in microseconds, for ERROR responses. */
	now(): number;
	/** Called when the bus failed: a file could not be written, a trace listener threw. The host has been informed. */
	onError(error: unknown): void;
}

/** How long a host may take to hang up after an ERROR, in milliseconds. */
const farewellTime = 500;

/** Tells a host why the connection ends, and ends it. */
export function refuse(socket: Socket, time: number, sentence: string): void {
	socket.removeAllListeners("data");
	socket.resume();
	socket.end(encodeResponse(responseTypes.error, time, new Uint8Array(Buffer.from(sentence))));
	setTimeout(() => socket.destroy(), farewellTime).unref();
}

/** One host: takes a request, gives its response, then takes the next. */
export class HostConnection {
	readonly #socket: Socket;
	readonly #options: HostConnectionOptions;
	#buffered: Uint8Array = new Uint8Array(0);
	#greeted = false;
	#busy = false;

	constructor(socket: Socket, options: HostConnectionOptions) {
		this.#socket = socket;
		this.#options = options;
		socket.setNoDelay(true);
		socket.on("data", (chunk: Buffer) => this.#receive(chunk));
	}

	#receive(chunk: Uint8Array): void {
		this.#buffered = concat(this.#buffered, chunk);
		try {
			const request = this.#nextRequest();
			if (request) this.#answer(request);
		} catch (error) {
			this.#fail(error);
		}
	}

	/** The request that is complete now, if one is. Throws ProtocolError. */
	#nextRequest(): LinkRequest | undefined {
		const message = splitMessage(this.#buffered);
		if (!message) return undefined;
		if (this.#busy || this.#buffered.length > message.size)
			throw new ProtocolError("a request came before the response to the one before");
		this.#buffered = new Uint8Array(0);
		const request = parseRequest(message.type, message.payload);
		if (this.#greeted === (request.type === "hello"))
			throw new ProtocolError(this.#greeted ? "HELLO came twice" : "HELLO must come first");
		this.#greeted = true;
		return request;
	}

	#answer(request: LinkRequest): void {
		this.#busy = true;
		const response = this.#options.bus.perform(request);
		if (response instanceof Promise) response.then(later => this.#send(later)).catch(error => this.#fail(error));
		else this.#send(response);
	}

	#send(response: Uint8Array): void {
		this.#busy = false;
		if (this.#socket.writable) this.#socket.write(response);
	}

	#fail(error: unknown): void {
		if (this.#socket.writable)
			refuse(this.#socket, this.#options.now(), error instanceof Error ? error.message : String(error));
		if (!(error instanceof ProtocolError)) this.#options.onError(error);
	}
}
