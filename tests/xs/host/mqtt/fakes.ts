// SPDX-License-Identifier: MIT
/** The MQTT client under its module's name, and a socket whose other end is the test. */
import Client from "embedded:network/mqtt/client";
import type { MQTTConnection } from "../../../../host/platform/sdk/mqtt/connection.js";
import type { MQTTClientOptions } from "../../../../host/platform/sdk/mqtt/options.js";
import type { SocketOptions } from "../../../../host/platform/sdk/mqtt/platform.js";
import { Incoming } from "./incoming.js";

/** The SDK's typings of the module are wrong about `onControl`. */
export const MQTTClient = Client as unknown as Omit<typeof MQTTConnection, "prototype"> &
	(new (
		options: MQTTClientOptions,
	) => MQTTConnection);

export const bytesOf = (text: string): Uint8Array => new Uint8Array(ArrayBuffer.fromString(text));
export const textOf = (buffer: ArrayBuffer | undefined): string => String.fromArrayBuffer(buffer ?? new ArrayBuffer(0));
export const hex = (bytes: Uint8Array): string =>
	Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");

export class Resolver {
	resolve({ host, onResolved }: { host: string; onResolved(host: string, address: string): void }): void {
		onResolved(host, "192.0.2.1");
	}
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
	const result = new Uint8Array(a.length + b.length);
	result.set(a);
	result.set(b, a.length);
	return result;
}

/** Refuses to read what is not there, and to write what was not announced, as a real one does. */
export class FakeSocket {
	static last: FakeSocket;

	format = "buffer";
	closed = false;
	written = new Uint8Array(0);
	#window = 0;
	readonly #incoming = new Incoming();
	#options: SocketOptions;

	constructor(options: SocketOptions) {
		this.#options = options;
		FakeSocket.last = this;
	}

	open(window: number): void {
		this.#window = window;
		this.#options.onWritable(window);
	}

	receive(bytes: Uint8Array): void {
		if (this.closed) return;
		this.#incoming.push(bytes);
		this.#options.onReadable(this.#incoming.length);
	}

	read(target: number): ArrayBuffer;
	read(target: ArrayBufferLike | ArrayBufferView): unknown;
	read(target: number | ArrayBufferLike | ArrayBufferView): ArrayBuffer | number {
		if (this.closed) throw new Error("invalid");
		return this.#incoming.read(target);
	}

	write(data: Uint8Array): number {
		if (this.closed || data.byteLength > this.#window) throw new Error("would block");
		this.written = joined(this.written, data);
		this.#window -= data.byteLength;
		return this.#window;
	}

	close(): void {
		this.closed = true;
	}
}

/** A client past CONNACK, over a socket that takes `window` bytes. */
export function connected(options: Partial<MQTTClientOptions> = {}, window = 4_096): MQTTConnection {
	const client = new MQTTClient({
		host: "broker.example",
		id: "é",
		dns: { io: Resolver },
		socket: { io: FakeSocket },
		...options,
	});
	FakeSocket.last.open(window);
	FakeSocket.last.receive(Uint8Array.of(0x20, 2, 0, 0));
	return client;
}
