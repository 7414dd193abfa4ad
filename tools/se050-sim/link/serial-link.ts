// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";
import { concat } from "../../lib/bytes.js";
import type { HostConnectionOptions } from "./host-connection.js";
import {
	encodeResponse,
	helloStarts,
	type LinkRequest,
	ProtocolError,
	parseRequest,
	responseTypes,
	splitMessage,
} from "./link-protocol.js";

export interface SerialLinkOptions {
	/** A request whose bytes pause for longer than this, in milliseconds, is not continued: its host was reset. Default 100. */
	longestPause?: number;
	/** The machine's clock. */
	milliseconds?(): number;
}

const nothing = new Uint8Array(0);

/** Bytes from the first HELLO on, or the end of them that may become one; a line carries noise while a board starts. */
function fromHello(bytes: Uint8Array): Uint8Array {
	for (let start = 0; start < bytes.length; start++) {
		const rest = bytes.subarray(start);
		if (helloStarts.some(hello => hello.every((byte, index) => (rest[index] ?? byte) === byte))) return rest;
	}
	return nothing;
}

/**
 * The link over a serial line. A line has no connections: HELLO begins a host, also in place of another one. After an
 * ERROR, and before the first HELLO, all else is passed over.
 */
export class SerialLink {
	readonly #line: Duplex;
	readonly #options: HostConnectionOptions;
	readonly #milliseconds: () => number;
	readonly #longestPause: number;
	#buffered: Uint8Array = nothing;
	#lastByteAt = 0;
	#greeted = false;
	/** Counts HELLOs: the response to a request of a host that was reset since is not sent. */
	#host = 0;
	#busy = false;

	constructor(line: Duplex, options: HostConnectionOptions, more: SerialLinkOptions = {}) {
		const { longestPause = 100, milliseconds = () => performance.now() } = more;
		this.#line = line;
		this.#options = options;
		this.#milliseconds = milliseconds;
		this.#longestPause = longestPause;
		line.on("data", (chunk: Uint8Array) => this.#receive(chunk));
	}

	#receive(chunk: Uint8Array): void {
		const now = this.#milliseconds();
		if (now - this.#lastByteAt > this.#longestPause) this.#buffered = nothing;
		this.#lastByteAt = now;
		this.#buffered = concat(this.#buffered, chunk);
		try {
			for (let request = this.#nextRequest(); request; request = this.#nextRequest()) void this.#answer(request);
		} catch (error) {
			this.#fail(error);
		}
	}

	/** The request that is complete now, if one is. Throws ProtocolError. */
	#nextRequest(): LinkRequest | undefined {
		if (!this.#greeted) this.#buffered = fromHello(this.#buffered);
		const message = splitMessage(this.#buffered);
		if (!message) return undefined;
		this.#buffered = this.#buffered.slice(message.size);
		const request = parseRequest(message.type, message.payload);
		if (request.type === "hello") this.#host++;
		else if (this.#busy) throw new ProtocolError("a request came before the response to the one before");
		this.#greeted = true;
		return request;
	}

	async #answer(request: LinkRequest): Promise<void> {
		const host = this.#host;
		this.#busy = true;
		try {
			const response = await this.#options.bus.perform(request);
			if (host !== this.#host) return;
			this.#busy = false;
			this.#line.write(response);
		} catch (error) {
			this.#fail(error);
		}
	}

	#fail(error: unknown): void {
		this.#buffered = nothing;
		this.#greeted = false;
		this.#busy = false;
		this.#host++;
		const sentence = error instanceof Error ? error.message : String(error);
		this.#line.write(encodeResponse(responseTypes.error, this.#options.now(), new Uint8Array(Buffer.from(sentence))));
		if (!(error instanceof ProtocolError)) this.#options.onError(error);
	}
}
