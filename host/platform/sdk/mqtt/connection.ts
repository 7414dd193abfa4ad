// SPDX-License-Identifier: MIT
import { KeepAlive } from "./keepalive.js";
import type { MQTTClientOptions, WriteOptions } from "./options.js";
import * as packets from "./packets.js";
import { type Bytes, operations, toBytes } from "./packets.js";
import type { Packet, PublishHeader } from "./parser.js";
import type { Platform, Socket } from "./platform.js";
import { type ReadableOptions, Receiver } from "./receiver.js";

/** A packet that the client sends of its own accord. */
interface Pending {
	operation: number;
	id?: number;
	byteLength: number;
}

/** "login": CONNECT is being written, or was, and CONNACK is awaited. "publishing": part of a payload is to be written. */
type State = "resolving" | "connecting" | "login" | "connected" | "publishing" | "closed";

/** Bytes held back from the writable count: fixed header, length of the topic and packet identifier of a PUBLISH. */
const overhead = 8;
/** Milliseconds from the host's address to the first writable byte. */
const connectTimeout = 30_000;
const maximumKeepAlive = 0xffff;
/** So many acknowledgements wait for the socket at most; then no packet is received until they are written. */
const maximumPending = 32;

/** CONNACK's return codes (MQTT 3.1.1, section 3.2.2.3). */
const returnCodes = [
	"accepted",
	"unacceptable protocol version",
	"identifier rejected",
	"server unavailable",
	"bad user name or password",
	"not authorized",
] as const;

/**
 * MQTT 3.1.1 over an ECMA-419 socket, with the surface and the behaviour of the Moddable SDK's
 * `embedded:network/mqtt/client`. It has no queue of messages: a payload stays in the socket until it is read, and
 * what does not fit is not taken. It acknowledges and pings of its own accord; it repeats nothing and does not reconnect.
 */
export class MQTTConnection {
	static readonly CONNECT = operations.CONNECT;
	static readonly CONNACK = operations.CONNACK;
	static readonly PUBLISH = operations.PUBLISH;
	static readonly PUBACK = operations.PUBACK;
	static readonly PUBREC = operations.PUBREC;
	static readonly PUBREL = operations.PUBREL;
	static readonly PUBCOMP = operations.PUBCOMP;
	static readonly SUBSCRIBE = operations.SUBSCRIBE;
	static readonly SUBACK = operations.SUBACK;
	static readonly UNSUBSCRIBE = operations.UNSUBSCRIBE;
	static readonly UNSUBACK = operations.UNSUBACK;
	static readonly PINGREQ = operations.PINGREQ;
	static readonly PINGRESP = operations.PINGRESP;
	static readonly DISCONNECT = operations.DISCONNECT;

	target?: unknown;

	#platform: Platform;
	#options: MQTTClientOptions;
	#state: State = "resolving";
	#socket: Socket | undefined;
	#receiver: Receiver | undefined;
	#keepAliveSeconds: number;
	#keepAlive: KeepAlive | undefined;
	/** What of CONNECT is still to be written. */
	#connect: Uint8Array;
	#connectTimer: unknown;
	/** Packet identifier that was given out last. */
	#id = 1;
	/** Bytes that the socket takes. */
	#writable = 0;
	/** Bytes of the payload in progress that are still to be written. */
	#unwritten = 0;
	#pending: Pending[] = [];
	#pendingTimer: unknown;

	/** Begins to resolve and to connect. Throws when an option is missing, or is what MQTT cannot express. */
	constructor(options: MQTTClientOptions, platform: Platform) {
		this.format = options.format ?? "buffer";
		if (options.target !== undefined) this.target = options.target;
		if (!options.host) throw new Error("host required");
		this.#platform = platform;
		this.#options = { ...options };
		const { host, id = "", clean = true, user, password, will, dns } = options;
		const seconds = Math.ceil((options.keepAlive ?? options.keepalive ?? 0) / 1_000);
		this.#keepAliveSeconds = Math.min(seconds, maximumKeepAlive);
		this.#connect = packets.connect(
			{ id, clean, keepAlive: this.#keepAliveSeconds, user: user || undefined, password: password || undefined, will },
			platform.encode,
		);
		new dns.io(dns).resolve({
			host,
			onResolved: (host, address) => this.#open(host, address),
			onError: (_, reason) => this.#fail("host not found", reason && `The name ${host} was not resolved: ${reason}.`),
		});
	}

	get format(): string {
		return "buffer";
	}

	/** "buffer" only: anything else throws a RangeError. */
	set format(value: string) {
		if (value !== "buffer") throw new RangeError(`format ${value} is not "buffer"`);
	}

	/** At any time, from any callback, any number of times; no callback comes after it. */
	close(): void {
		const { timer } = this.#platform;
		timer.clear(this.#connectTimer);
		timer.clear(this.#pendingTimer);
		this.#keepAlive?.stop();
		this.#receiver?.close();
		const socket = this.#socket;
		this.#state = "closed";
		this.#connectTimer = this.#pendingTimer = undefined;
		this.#keepAlive = this.#receiver = this.#socket = undefined;
		this.#pending = [];
		this.#writable = 0;
		socket?.close();
	}

	/**
	 * Writes a packet. Of a PUBLISH, `data` may be the beginning of the payload (`byteLength` then tells its whole
	 * length); the rest follows by `write(data)` without options, before any other packet.
	 * @returns the count that `onWritable` would tell now
	 * @throws Error "overflow" when the socket does not take as much now; others when there is no connection, when a
	 *	payload is in progress, and when MQTT has no such packet. Nothing was written then.
	 */
	write(data: Bytes | null, options?: WriteOptions): number {
		if (this.#state === "publishing") this.#writePayload(data, options);
		else if (this.#state !== "connected") throw new Error("not connected");
		else if (!options) throw new Error("no payload is in progress: options required");
		else this.#writePacket(data, options);
		return this.#available;
	}

	/**
	 * Takes bytes of the payload that `onReadable` has told of.
	 * @param target their number (default: all), or a buffer of bytes to fill, up to its length
	 * @returns the bytes, or how many were filled in; fewer than asked for when fewer are there, undefined when none is
	 * @throws Error "invalid buffer" when the buffer's elements are not bytes
	 */
	read(target?: number): ArrayBuffer | undefined;
	read(target: Bytes): number | undefined;
	read(target?: number | Bytes): ArrayBuffer | number | undefined {
		return this.#receiver?.read(target);
	}

	get #available(): number {
		return Math.max(this.#writable - overhead, 0);
	}

	#open(host: string, address: string): void {
		if (this.#state !== "resolving") return;
		this.#state = "connecting";
		this.#connectTimer = this.#platform.timer.set(
			() => this.#fail(`no connection in ${connectTimeout / 1_000} s`),
			connectTimeout,
		);
		let socket: Socket;
		try {
			socket = new this.#options.socket.io({
				...this.#options.socket,
				address,
				host,
				port: this.#options.port ?? 1883,
				onReadable: count => this.#receiver?.onReadable(count),
				onWritable: count => this.#onWritable(count),
				onError: () => this.#fail("connection lost"),
			});
		} catch (error) {
			return this.#fail(`no socket: ${error}`);
		}
		this.#opened(socket);
	}

	/** The socket's constructor may have told of an error already. */
	#opened(socket: Socket): void {
		if (this.#state === "closed") return socket.close();
		socket.format = "buffer";
		this.#socket = socket;
		this.#receiver = new Receiver(socket, this.#platform, {
			accepts: () => this.#pending.length < maximumPending,
			onPacket: packet => this.#onPacket(packet),
			onPayload: (count, options, header) => this.#onPayload(count, options, header),
			onMalformed: reason => this.#violation(`malformed packet: ${reason}`),
		});
	}

	#onWritable(count: number): void {
		if (this.#state === "closed") return;
		this.#writable = count;
		if (this.#state === "connecting") this.#login();
		if (this.#state === "login") return this.#writeConnect();
		this.#flush();
	}

	#login(): void {
		this.#platform.timer.clear(this.#connectTimer);
		this.#connectTimer = undefined;
		this.#state = "login";
		if (this.#keepAliveSeconds > 0)
			this.#keepAlive = new KeepAlive(this.#keepAliveSeconds, this.#platform, {
				onPing: () => this.#ping(),
				onTimeout: () => this.#silence(),
			});
	}

	#writeConnect(): void {
		const part = this.#connect.subarray(0, this.#writable);
		if (part.length === 0) return;
		this.#connect = this.#connect.subarray(part.length);
		this.#send(part);
	}

	#send(bytes: Uint8Array): void {
		const socket = this.#socket;
		if (!socket || bytes.length > this.#writable) throw new Error("overflow");
		this.#writable = socket.write(bytes);
	}

	#writePayload(data: Bytes | null, options: WriteOptions | undefined): void {
		if (!data || options) throw new Error("a payload is in progress: the next of its bytes, and no options, required");
		const bytes = toBytes(data);
		if (bytes.length > this.#unwritten) throw new Error("invalid: more bytes than the payload has");
		this.#send(bytes);
		this.#unwritten -= bytes.length;
		if (this.#unwritten === 0) this.#state = "connected";
	}

	#writePacket(data: Bytes | null, options: WriteOptions): void {
		const { operation = operations.PUBLISH, id = this.#nextId() } = options;
		const { encode } = this.#platform;
		switch (operation) {
			case operations.PUBLISH:
				return this.#publish(data, id, options);
			case operations.SUBSCRIBE:
				return this.#send(packets.subscribe(id, options.items ?? [], encode));
			case operations.UNSUBSCRIBE:
				return this.#send(packets.unsubscribe(id, options.items ?? [], encode));
			case operations.PUBACK:
			case operations.PUBREC:
			case operations.PUBREL:
			case operations.PUBCOMP:
				return this.#send(packets.acknowledgement(operation, id));
			case operations.PINGREQ:
				this.#send(packets.bare(operation));
				return this.#keepAlive?.sent();
			case operations.DISCONNECT:
				return this.#send(packets.bare(operation));
			default:
				throw new Error(`unknown operation ${operation}`);
		}
	}

	#publish(data: Bytes | null, id: number, options: WriteOptions): void {
		const { topic, QoS = 0, retain, duplicate } = options;
		if (!data) throw new TypeError("PUBLISH needs data");
		if (topic === undefined) throw new TypeError("PUBLISH needs a topic");
		const bytes = toBytes(data);
		const { byteLength = bytes.length } = options;
		if (bytes.length > byteLength) throw new Error("invalid: more bytes than the payload has");
		const header = { topic, QoS, id, retain: Boolean(retain), duplicate: Boolean(duplicate) };
		this.#send(packets.publish(header, bytes, byteLength, this.#platform.encode));
		if (bytes.length === byteLength) return;
		this.#unwritten = byteLength - bytes.length;
		this.#state = "publishing";
	}

	#nextId(): number {
		this.#id = (this.#id % 0xffff) + 1;
		return this.#id;
	}

	#onPacket(packet: Packet): void {
		const fault = this.#misplaced(packet.operation);
		if (fault) return this.#violation(fault);
		if ("topic" in packet) return;
		switch (packet.operation) {
			case operations.CONNACK:
				if (packet.returnCode)
					return this.#fail(
						`connection rejected: ${packet.returnCode}, ${returnCodes[packet.returnCode] ?? "reserved"}`,
					);
				this.#state = "connected";
				break;
			case operations.PUBREC:
				this.#queue(operations.PUBREL, packet.id);
				break;
			case operations.PUBREL:
				this.#queue(operations.PUBCOMP, packet.id);
				break;
			case operations.PINGRESP:
				this.#keepAlive?.answered();
				break;
		}
		this.#options.onControl?.call(this, packet);
		if (packet.operation === operations.CONNACK) this.#tellWritable();
	}

	/** What is wrong with a packet of this type at this time, if anything is. */
	#misplaced(operation: number): string | undefined {
		const connected = this.#state === "connected" || this.#state === "publishing";
		if (operation !== operations.CONNACK) return connected ? undefined : "CONNACK must come first (MQTT-3.2.0-1)";
		const awaited = this.#state === "login" && this.#connect.length === 0;
		return awaited ? undefined : `unexpected CONNACK (${connected ? "the second" : "before CONNECT"})`;
	}

	#onPayload(count: number, options: ReadableOptions, { QoS, id }: PublishHeader): void {
		if (QoS > 0 && !options.more) this.#queue(QoS === 1 ? operations.PUBACK : operations.PUBREC, id);
		this.#options.onReadable?.call(this, count, options);
	}

	#ping(): void {
		if (this.#pending.some(({ operation }) => operation === operations.PINGREQ)) return this.#silence();
		this.#queue(operations.PINGREQ);
	}

	/** Sent when the callback in progress has returned and the socket takes it. */
	#queue(operation: number, id?: number): void {
		this.#pending.push({ operation, id, byteLength: id === undefined ? 2 : 4 });
		this.#pendingTimer ??= this.#platform.timer.set(() => {
			this.#pendingTimer = undefined;
			this.#flush();
		});
	}

	#flush(): void {
		if (this.#state === "connected" && !this.#writePending()) return;
		this.#receiver?.resume();
		if (this.#state === "connected" || this.#state === "publishing") this.#tellWritable();
	}

	/** False when some have to wait. */
	#writePending(): boolean {
		for (let next = this.#pending[0]; next; next = this.#pending[0]) {
			if (next.byteLength > this.#writable) return false;
			this.#pending.shift();
			this.#writePacket(null, next);
		}
		return true;
	}

	#tellWritable(): void {
		if (this.#available > 0) this.#options.onWritable?.call(this, this.#available);
	}

	#violation(what: string): void {
		this.#fail(
			what,
			`The far end does not keep to MQTT 3.1.1 (${what}): check that endpoint and port are those of an MQTT broker.`,
		);
	}

	#silence(): void {
		this.#fail("time out", "The far end has not answered the keep-alive's PINGREQ: the connection went silent.");
	}

	/** @param sentence what only the client knows, for whoever reads the reason */
	#fail(reason: string, sentence?: string): void {
		if (this.#state === "closed") return;
		this.#platform.trace(`mqttClient error: ${reason}\n`);
		try {
			this.#options.onError?.call(this, sentence === undefined ? undefined : new Error(sentence));
		} finally {
			this.close();
		}
	}
}
