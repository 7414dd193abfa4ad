// SPDX-License-Identifier: MIT
/** Stand-ins for what the MQTT client runs on: a clock that the test moves, a name server, a socket whose other end is the test. */
import { MQTTConnection } from "../../../../host/platform/sdk/mqtt/connection.js";
import type { MQTTClientOptions } from "../../../../host/platform/sdk/mqtt/options.js";
import type { Platform, SocketOptions } from "../../../../host/platform/sdk/mqtt/platform.js";
import { Incoming } from "../../../xs/host/mqtt/incoming.js";

interface Alarm {
	at: number;
	callback(): void;
	interval?: number;
}

/** Timers and ticks that move only by `advance`. */
export class Clock {
	ticks = 1_000;
	#alarms: Alarm[] = [];

	set(callback: () => void, milliseconds = 0): Alarm {
		return this.#add({ at: this.ticks + milliseconds, callback });
	}

	repeat(callback: () => void, interval: number): Alarm {
		return this.#add({ at: this.ticks + interval, callback, interval });
	}

	clear(alarm: unknown): void {
		this.#alarms = this.#alarms.filter(each => each !== alarm);
	}

	delta(start: number, end: number): number {
		return end - start;
	}

	get pending(): number {
		return this.#alarms.length;
	}

	/** Runs what is due up to `milliseconds` from now, in order. */
	advance(milliseconds = 0): void {
		const end = this.ticks + milliseconds;
		for (let alarm = this.#next(end); alarm; alarm = this.#next(end)) {
			this.ticks = Math.max(this.ticks, alarm.at);
			if (alarm.interval === undefined) this.clear(alarm);
			else alarm.at += alarm.interval;
			alarm.callback();
		}
		this.ticks = end;
	}

	#add(alarm: Alarm): Alarm {
		this.#alarms.push(alarm);
		return alarm;
	}

	#next(end: number): Alarm | undefined {
		const due = this.#alarms.filter(({ at }) => at <= end);
		return due.sort((a, b) => a.at - b.at)[0];
	}
}

/** A socket as strict as the SDK's: no read beyond what is there, no write beyond what was announced. */
export class FakeSocket {
	static last: FakeSocket;

	format = "buffer";
	closed = false;
	/** Each write of the client. */
	writes: Uint8Array[] = [];
	window = 0;
	options: SocketOptions & Record<string, unknown>;
	readonly #incoming = new Incoming();

	constructor(options: SocketOptions) {
		this.options = options as FakeSocket["options"];
		if (typeof this.options.format === "string") this.format = this.options.format;
		FakeSocket.last = this;
	}

	get written(): Uint8Array {
		return Uint8Array.from(Buffer.concat(this.writes));
	}

	get unread(): number {
		return this.#incoming.length;
	}

	/** The socket takes `window` bytes. */
	open(window = 4_096): void {
		this.window = window;
		this.options.onWritable(window);
	}

	/** Bytes come from the server. */
	receive(bytes: Iterable<number>): void {
		if (this.closed) return;
		this.#incoming.push(Uint8Array.from(bytes));
		this.options.onReadable(this.#incoming.length);
	}

	write(data: Uint8Array): number {
		if (this.closed) throw new Error("write to closed socket");
		if (data.byteLength > this.window) throw new Error("would block");
		this.writes.push(data.slice());
		this.window -= data.byteLength;
		return this.window;
	}

	read(target: number): ArrayBuffer;
	read(target: ArrayBufferLike | ArrayBufferView): unknown;
	read(target: number | ArrayBufferLike | ArrayBufferView): ArrayBuffer | number {
		if (this.closed) throw new Error("invalid");
		return this.#incoming.read(target);
	}

	close(): void {
		this.closed = true;
	}
}

/** Answers at once; "nowhere.example" has no address. */
export class FakeResolver {
	resolve({
		host,
		onResolved,
		onError,
	}: {
		host: string;
		onResolved(host: string, address: string): void;
		onError(): void;
	}): void {
		if (host === "nowhere.example") onError();
		else onResolved(host, "192.0.2.1");
	}
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const unhex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: ArrayBuffer | Uint8Array | undefined): string => new TextDecoder().decode(bytes);

/** One client with all its surroundings, and what its callbacks were told. */
export class Bench {
	clock = new Clock();
	traces: string[] = [];
	/** "readable 5", "writable 4088", "control 2", "error", in order. */
	events: string[] = [];
	/** What onError was given, as far as it was something. */
	reasons: string[] = [];
	client: MQTTConnection;

	constructor(options: Partial<MQTTClientOptions> = {}) {
		const platform: Platform = {
			timer: this.clock,
			time: this.clock,
			encode: text => bytesOf(text).slice().buffer,
			decode: bytes => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
			trace: text => void this.traces.push(text),
		};
		this.client = new MQTTConnection(
			{
				host: "broker.example",
				id: "me",
				dns: { io: FakeResolver },
				socket: { io: FakeSocket },
				onReadable: (count, { more }) => void this.events.push(`readable ${count}${more ? " more" : ""}`),
				onWritable: count => void this.events.push(`writable ${count}`),
				onControl: ({ operation }) => void this.events.push(`control ${operation}`),
				onError: error => {
					this.events.push("error");
					if (error) this.reasons.push(error.message);
				},
				...options,
			},
			platform,
		);
	}

	get socket(): FakeSocket {
		return FakeSocket.last;
	}

	/** Through CONNECT and CONNACK; the socket then takes `window` bytes, and what was written and told is forgotten. */
	connected(window = 4_096): this {
		this.socket.open();
		this.socket.receive([0x20, 2, 0, 0]);
		this.socket.open(window);
		this.socket.writes = [];
		this.events = [];
		return this;
	}

	/** What the client wrote since the last time, in hexadecimal; timers that are due are run first. */
	sent(): string {
		this.clock.advance();
		const written = hex(this.socket.written);
		this.socket.writes = [];
		return written;
	}
}

/** A PUBLISH as a server sends it. */
export function publish(topic: string, payload: Uint8Array, { QoS = 0, id = 1, flags = 0 } = {}): Uint8Array {
	const name = bytesOf(topic);
	const identifier = QoS > 0 ? [id >> 8, id & 0xff] : [];
	const length = 2 + name.length + identifier.length + payload.length;
	const header = [0x30 | (QoS << 1) | flags];
	for (let rest = length; ; rest >>= 7) {
		header.push(rest > 0x7f ? 0x80 | (rest & 0x7f) : rest);
		if (rest <= 0x7f) break;
	}
	return Uint8Array.from([...header, name.length >> 8, name.length & 0xff, ...name, ...identifier, ...payload]);
}
