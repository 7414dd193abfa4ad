// SPDX-License-Identifier: MIT
/** What the host's MQTT client runs on, made of Node's parts: timers, clock, UTF-8, name look-up, TCP. */
import { lookup } from "node:dns";
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Platform, SocketOptions } from "../../../../host/platform/sdk/mqtt/platform.js";
import { Incoming } from "../../../xs/host/mqtt/incoming.js";

export const platform: Platform = {
	timer: {
		set: (callback, milliseconds = 0) => setTimeout(callback, milliseconds),
		repeat: (callback, milliseconds) => setInterval(callback, milliseconds),
		clear: timer => clearTimeout(timer as NodeJS.Timeout | undefined),
	},
	time: {
		get ticks() {
			return Math.floor(performance.now());
		},
		delta: (start, end) => end - start,
	},
	encode: text => new TextEncoder().encode(text).slice().buffer,
	decode: bytes => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
	trace: () => undefined,
};

/** Names by the machine's own resolver, IPv4. */
export class Resolver {
	resolve({
		host,
		onResolved,
		onError,
	}: {
		host: string;
		onResolved(host: string, address: string): void;
		onError(): void;
	}): void {
		lookup(host, 4, (error, address) => (error ? onError() : onResolved(host, address)));
	}
}

/** A TCP socket with ECMA-419's interface: 1,460 bytes of buffer in each direction, as on the ESP32. */
export class TCP {
	static readonly bufferSize = 1_460;

	format = "buffer";
	#options: SocketOptions;
	#socket: Socket;
	readonly #received = new Incoming();
	#ended = false;

	constructor(options: SocketOptions) {
		this.#options = options;
		this.#socket = connect({ host: options.address, port: options.port, noDelay: true });
		this.#socket.on("connect", () => this.#tellWritable());
		this.#socket.on("data", bytes => this.#onData(bytes));
		this.#socket.on("error", () => undefined);
		this.#socket.on("close", () => {
			this.#ended = true;
			this.#tellEnd();
		});
	}

	read(count: number): ArrayBuffer;
	read(buffer: ArrayBufferLike | ArrayBufferView): number;
	read(target: number | ArrayBufferLike | ArrayBufferView): ArrayBuffer | number {
		const count = typeof target === "number" ? target : target.byteLength;
		if (count > this.#readable) throw new Error("invalid");
		setImmediate(() => this.#tellReadable());
		return this.#received.read(target);
	}

	write(data: Uint8Array): number {
		if (data.byteLength > this.#writable) throw new Error("would block");
		this.#socket.write(data.slice(), () => this.#tellWritable());
		return this.#writable;
	}

	close(): void {
		this.#options = {
			...this.#options,
			onReadable: () => undefined,
			onWritable: () => undefined,
			onError: () => undefined,
		};
		this.#socket.destroySoon();
	}

	get #writable(): number {
		return Math.max(TCP.bufferSize - this.#socket.writableLength, 0);
	}

	get #readable(): number {
		return Math.min(this.#received.length, TCP.bufferSize);
	}

	#onData(bytes: Buffer): void {
		this.#received.push(bytes);
		this.#tellReadable();
	}

	#tellWritable(): void {
		if (!this.#ended) this.#options.onWritable(this.#writable);
	}

	#tellReadable(): void {
		this.#socket[this.#received.length > TCP.bufferSize ? "pause" : "resume"]();
		if (this.#readable > 0) this.#options.onReadable(this.#readable);
		this.#tellEnd();
	}

	#tellEnd(): void {
		if (this.#ended && this.#received.length === 0) this.#options.onError();
	}
}
