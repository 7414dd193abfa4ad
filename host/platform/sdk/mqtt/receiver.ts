// SPDX-License-Identifier: MIT
import { type Bytes, toBytes } from "./packets.js";
import { MalformedPacket, type Packet, PacketReader, type PublishHeader } from "./parser.js";
import type { Platform, Socket } from "./platform.js";

/** What is reported of a message with each piece of its payload. */
export interface ReadableOptions {
	/** With the first piece only. */
	topic?: string;
	/** Of the whole payload, in bytes; with the first piece only. */
	byteLength?: number;
	/** With the first piece only. */
	QoS?: number;
	/** Pieces of this message follow. */
	more: boolean;
}

export interface ReceiverCallbacks {
	/** False: leave what follows in the socket, until `resume` is called. */
	accepts(): boolean;
	/** A packet came; of a PUBLISH, all but its payload. */
	onPacket(packet: Packet): void;
	/** `count` bytes of a message's payload may be read; the next piece comes when they were. */
	onPayload(count: number, options: ReadableOptions, header: PublishHeader): void;
	/** The server does not speak MQTT 3.1.1; nothing more is parsed. */
	onMalformed(reason: string): void;
}

interface Incoming {
	header: PublishHeader;
	/** Bytes of the payload that were not announced yet. */
	rest: number;
	first: boolean;
}

/**
 * The receiving side of a connection. It takes packets out of the socket in whole fields, and leaves payloads there until
 * the application reads them, which is the flow control.
 */
export class Receiver {
	#socket: Socket | undefined;
	#platform: Platform;
	#callbacks: ReceiverCallbacks;
	#reader: PacketReader;
	/** Bytes that the socket holds. */
	#readable = 0;
	/** How many of them the application may read. */
	#payload = 0;
	#incoming: Incoming | undefined;
	#running = false;
	/** `accepts` said no. */
	#held = false;
	#timer: unknown;

	/** The socket's format is "buffer". */
	constructor(socket: Socket, platform: Platform, callbacks: ReceiverCallbacks) {
		this.#socket = socket;
		this.#platform = platform;
		this.#callbacks = callbacks;
		this.#reader = new PacketReader(platform.decode);
	}

	/** Nothing is read or told any more. */
	close(): void {
		this.#platform.timer.clear(this.#timer);
		this.#socket = this.#timer = undefined;
		this.#payload = 0;
	}

	/** The socket holds `count` bytes. */
	onReadable(count: number): void {
		this.#readable = count;
		this.#run();
	}

	/** Goes on where `accepts` said no. */
	resume(): void {
		if (this.#held) this.#run();
	}

	/** See `MQTTConnection.read`. */
	read(target: number | Bytes = this.#payload): ArrayBuffer | number | undefined {
		const buffer = typeof target === "object" ? bytesOf(target) : undefined;
		const wanted = typeof target === "object" ? target.byteLength : target;
		if (wanted === 0) return buffer ? 0 : new ArrayBuffer(0);
		const count = Math.min(wanted, this.#payload);
		if (!this.#socket || !(count > 0)) return;
		const result = this.#take(this.#socket, count, buffer);
		this.#payload -= count;
		if (this.#payload === 0 && !this.#running)
			this.#timer ??= this.#platform.timer.set(() => {
				this.#timer = undefined;
				this.#run();
			});
		return result;
	}

	#take(socket: Socket, count: number, buffer: Uint8Array | undefined): ArrayBuffer | number {
		this.#readable -= count;
		if (!buffer) return socket.read(count);
		socket.read(buffer.length > count ? buffer.subarray(0, count) : buffer);
		return count;
	}

	#run(): void {
		if (this.#running) return;
		this.#running = true;
		try {
			while (this.#socket && this.#payload === 0 && this.#readable > 0 && this.#accepts()) this.#step(this.#socket);
		} finally {
			this.#running = false;
		}
	}

	#accepts(): boolean {
		this.#held = !this.#callbacks.accepts();
		return !this.#held;
	}

	#step(socket: Socket): void {
		if (this.#incoming) return this.#announce(this.#incoming);
		const packet = this.#parse(socket);
		if (!packet) return;
		this.#callbacks.onPacket(packet);
		if ("topic" in packet && this.#socket) this.#begin(packet);
	}

	#parse(socket: Socket): Packet | undefined {
		const { space } = this.#reader;
		const count = Math.min(space.length, this.#readable);
		this.#take(socket, count, space);
		try {
			return this.#reader.filled(count);
		} catch (error) {
			if (!(error instanceof MalformedPacket)) throw error;
			this.#callbacks.onMalformed(error.message);
		}
	}

	#begin(header: PublishHeader): void {
		this.#incoming = { header, rest: header.byteLength, first: true };
		if (header.byteLength === 0) this.#announce(this.#incoming);
	}

	#announce(incoming: Incoming): void {
		const { header, first } = incoming;
		const count = Math.min(incoming.rest, this.#readable);
		incoming.rest -= count;
		incoming.first = false;
		const more = incoming.rest > 0;
		if (!more) this.#incoming = undefined;
		this.#payload = count;
		const { topic, byteLength, QoS } = header;
		this.#callbacks.onPayload(count, first ? { topic, byteLength, QoS, more } : { more }, header);
	}
}

function bytesOf(buffer: Bytes): Uint8Array {
	if ("BYTES_PER_ELEMENT" in buffer && buffer.BYTES_PER_ELEMENT !== 1) throw new Error("invalid buffer");
	return toBytes(buffer);
}
