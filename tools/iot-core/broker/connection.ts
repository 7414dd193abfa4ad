// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";

import { RateBucket } from "../rate-bucket.js";
import { maxPacket } from "./limits.js";
import { type ClientPacket, MqttProtocolError, PacketDecoder } from "./packets.js";

/** From so many bytes or packets on that wait to be written, nothing more is read, and no message is sent. */
const congestedBytes = 256 * 1024,
	congestedPackets = 4096;
/** Packets that wait are written together, up to so many bytes or one packet. */
const blockBytes = 16 * 1024;

/** Takes what happens on a connection. */
export interface ConnectionHandler {
	/** Does what an event of the connection asks for; nothing that it throws comes back. */
	guard(work: () => void): void;
	onPacket(packet: ClientPacket): void;
	/** What came is not MQTT. */
	onMalformed(error: MqttProtocolError): void;
	/** What waited has been written: more may be sent. */
	onDrained(): void;
	/** The stream is closed. */
	onClosed(error: Error | undefined): void;
}

/** MQTT packets on one connection, at a bounded rate in each direction, with bounded buffers. */
export class MqttConnection {
	readonly #stream: Duplex;
	readonly #handler: ConnectionHandler;
	readonly #decoder = new PacketDecoder(maxPacket);
	readonly #incoming: RateBucket;
	readonly #outgoing: RateBucket;
	readonly #queue: Buffer[] = [];
	#queued = 0;
	#stopped = false;
	#error: Error | undefined;
	#writing: NodeJS.Immediate | undefined;
	#readTimer: NodeJS.Timeout | undefined;
	#writeTimer: NodeJS.Timeout | undefined;

	/** @param byteRate most bytes a second in each direction; what exceeds it is delayed */
	constructor(stream: Duplex, byteRate: number, handler: ConnectionHandler) {
		this.#stream = stream;
		this.#handler = handler;
		this.#incoming = new RateBucket(byteRate);
		this.#outgoing = new RateBucket(byteRate);
		stream.on("data", (bytes: Buffer) => handler.guard(() => this.#receive(bytes)));
		stream.on("drain", () => handler.guard(() => this.#writeOn()));
		stream.on("end", () => stream.end());
		stream.on("error", error => (this.#error ??= error));
		stream.once("close", () =>
			handler.guard(() => {
				this.stop();
				handler.onClosed(this.#error);
			}),
		);
	}

	/** The device does not read as fast as it is written to. */
	get congested(): boolean {
		return this.#queue.length >= congestedPackets || this.#queued + this.#stream.writableLength >= congestedBytes;
	}

	/** Sends a packet, after those that wait. Packets of one turn of the event loop are written together. */
	send(packet: Buffer): void {
		if (this.#stopped) return;
		this.#queue.push(packet);
		this.#queued += packet.length;
		if (this.#queued >= blockBytes) this.#write();
		else this.#writing ??= setImmediate(() => this.#handler.guard(() => this.#write()));
	}

	/** Takes no more packets, and lets go what is to be written. */
	stop(): void {
		this.#stopped = true;
		clearImmediate(this.#writing);
		clearTimeout(this.#readTimer);
		clearTimeout(this.#writeTimer);
		for (const packet of this.#queue.splice(0)) if (this.#stream.writable) this.#stream.write(packet);
		this.#queued = 0;
		// What still comes is read and thrown away, so that the end of the connection is seen.
		this.#stream.resume();
	}

	#receive(bytes: Buffer): void {
		if (this.#stopped) return;
		this.#incoming.spend(bytes.length);
		this.#decoder.push(bytes);
		this.#process();
	}

	/** Takes the packets that are complete, unless answers to them could not be written. */
	#process(): void {
		try {
			while (!this.#stopped && !this.congested) {
				const packet = this.#decoder.next();
				if (packet === undefined) break;
				this.#handler.onPacket(packet);
			}
		} catch (error) {
			if (!(error instanceof MqttProtocolError)) throw error;
			this.#handler.onMalformed(error);
		}
		this.#paceReading();
	}

	#paceReading(): void {
		if (this.#stopped) return;
		const delay = this.#incoming.delay();
		if (!this.congested && delay === 0) return void this.#stream.resume();
		this.#stream.pause();
		clearTimeout(this.#readTimer);
		if (delay > 0) this.#readTimer = setTimeout(() => this.#handler.guard(() => this.#paceReading()), delay);
	}

	#write(): void {
		this.#writing = undefined;
		while (this.#queue.length > 0 && !this.#stream.writableNeedDrain && this.#stream.writable) {
			const delay = this.#outgoing.delay();
			if (delay > 0) {
				clearTimeout(this.#writeTimer);
				this.#writeTimer = setTimeout(() => this.#handler.guard(() => this.#writeOn()), delay);
				return;
			}
			const block = this.#nextBlock();
			this.#queued -= block.length;
			this.#outgoing.spend(block.length);
			this.#stream.write(block);
		}
	}

	#nextBlock(): Buffer {
		let count = 0;
		for (let length = 0; count < this.#queue.length && length < blockBytes; count++)
			length += this.#queue[count]?.length ?? 0;
		const [first, ...more] = this.#queue.splice(0, count);
		return first !== undefined && more.length === 0 ? first : Buffer.concat([first ?? Buffer.alloc(0), ...more]);
	}

	/** Writes what waits; when that is done, what was held back continues. */
	#writeOn(): void {
		this.#write();
		if (this.#stopped || this.congested) return;
		this.#process();
		if (!this.#stopped) this.#handler.onDrained();
	}
}
