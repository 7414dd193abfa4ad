import { Backoff } from "./backoff.js";
import { diagnose, type Reason, type Stage } from "./diagnosis.js";
import { Inbox, type Message } from "./inbox.js";
import { operations, type Client, type ClientConstructor, type ControlMessage, type QoS, type ReadableOptions, type Timers, type WriteOptions } from "./mqtt.js";
import { Outbox, type Outgoing } from "./outbox.js";
import type { Fields } from "./report.js";

/** What a socket of ours tells beside ECMA-419 (see tls/tlssocket): the way in, and why it failed. */
interface SocketReports {
	onConnecting(): void;
	onConnected(): void;
	onSecured(info: Secured): void;
	onFailure(error: Reason): void;
}

/** What a handshake agreed on, as far as it is printed. */
interface Secured {
	version: string;
	cipherSuite: string;
	/** ALPN. */
	protocol?: string;
	handshakeMilliseconds: number;
	signatureMilliseconds: number;
}

export interface SessionOptions {
	/** The platform's MQTT client. */
	io: ClientConstructor;
	host: string;
	port: number;
	clientId: string;
	/** Seconds; AWS IoT takes 30 to 1200. */
	keepAlive: number;
	/** `{io, …}` of the name resolver. */
	dns: object;
	/** `{io, secure, TCP, …}` of the socket. */
	socket: { io: unknown; secure: object; TCP?: object };
	subscriptions: readonly { topic: string; QoS: QoS }[];
	timer: Timers;
	/** A monotonic clock, in milliseconds. */
	now(): number;
	/** Uniform in [0, 1); called once a retry. */
	random(): number;
	/** The most messages that wait to be written or acknowledged. Default 16. */
	outboxLimit?: number;
	/** Bytes of an incoming payload that are kept; the rest is read and dropped. Default 4096. */
	payloadLimit?: number;
	/** Bounds of the reconnect delay, in milliseconds. Default 1,000 and 128,000. */
	backoff?: { base: number; cap: number };
	report(event: string, fields?: Fields): void;
	/** Every subscription is granted: publish at will. */
	onReady(): void;
	onMessage(message: Message): void;
	/** The far end has acknowledged a QoS 1 message. */
	onAcknowledged?(id: number): void;
}

const connackDeadline = 30_000;
const subackDeadline = 10_000;
const subackTries = 3;
const pubackDeadline = 10_000;
/** A connection that lasted this long was a good one: the back-off starts again. */
const stableAfter = 30_000;
/** Where the back-off starts after a refusal. */
const refusedBound = 30_000;
/** AWS IoT takes one CONNECT a second per client id. */
const connectInterval = 1_000;
/** What the MQTT client may need for its own acknowledgements and pings, over TLS, in bytes. */
const reserve = 128;
/** MQTT's overhead of a PUBLISH or SUBSCRIBE beside topics and payload, in bytes, at most. */
const packetOverhead = 16;

/**
 * One device's conversation with AWS IoT: connects, subscribes, publishes, repeats what was not acknowledged, and
 * comes back by capped full-jitter back-off for ever. Everything it touches is injected.
 */
export class Session {
	#options: SessionOptions;
	#outbox: Outbox;
	#inbox: Inbox;
	#backoff: Backoff;
	#client: Client | undefined;
	#stage: Stage = "resolve";
	#reason: Reason | undefined;
	#writable = 0;
	#connectedAt = -Infinity;
	#readyAt = Infinity;
	#deadline: unknown;
	#retry: unknown;
	#subscribeId = 0;
	#subscribeTries = 0;
	#subscribePending = false;
	#closed = false;

	constructor(options: SessionOptions) {
		this.#options = options;
		this.#outbox = new Outbox(options.outboxLimit ?? 16);
		this.#inbox = new Inbox(options.payloadLimit ?? 4096, message => this.#deliver(message));
		this.#backoff = new Backoff({ base: 1_000, cap: 128_000, ...options.backoff, random: options.random });
		this.#connect();
	}

	get ready(): boolean {
		return this.#stage === "ready";
	}

	/**
	 * Hands over a message. At QoS 1 it is kept, and repeated over reconnects, until it is acknowledged; at QoS 0 it is
	 * kept only while the connection lasts.
	 * @returns false when the outbox is full, or at QoS 0 without a connection: nothing was taken
	 */
	publish(topic: string, payload: Uint8Array, QoS: QoS): boolean {
		if (this.#closed || (QoS === 0 && !this.ready) || !this.#outbox.add(topic, payload, QoS))
			return false;
		this.#write();
		return true;
	}

	/** Ends the session for good: DISCONNECT where it can be sent, no retry. */
	close(): void {
		if (this.#closed)
			return;
		this.#closed = true;
		this.#options.timer.clear(this.#retry);
		if (this.#client && this.#writable > reserve)
			this.#client.write(null, { operation: operations.DISCONNECT });
		this.#drop();
	}

	#connect(): void {
		const { io, host, port, clientId, keepAlive, dns, socket, report, now } = this.#options;
		this.#retry = undefined;
		this.#reason = undefined;
		this.#writable = 0;
		this.#stage = "resolve";
		this.#connectedAt = now();
		this.#expect(connackDeadline);
		report("connect", { host, port });
		try {
			const client: Client = new io({
				host, port, id: clientId, clean: true, keepAlive: keepAlive * 1_000, dns,
				socket: { ...socket, secure: { ...socket.secure, ...this.#socketReports() } },
				onReadable: (count, options) => this.#current(client, () => this.#read(count, options)),
				onWritable: count => this.#current(client, () => this.#onWritable(count)),
				onControl: message => this.#current(client, () => this.#onControl(message)),
				onError: () => this.#current(client, () => this.#failed(false)),
			});
			this.#client = client;
		}
		catch (error) {
			this.#reason = error instanceof Error ? error : new Error(String(error));
			this.#failed(false);
		}
	}

	/** Callbacks of a client that was dropped are late news. */
	#current(client: Client, act: () => void): void {
		if (this.#client === client)
			act();
	}

	#socketReports(): SocketReports {
		const { report, host } = this.#options;
		return {
			onConnecting: () => {
				this.#stage = "connect";
			},
			onConnected: () => {
				this.#stage = "secure";
				report("connected", { host });
			},
			onSecured: ({ version, cipherSuite, protocol, handshakeMilliseconds, signatureMilliseconds }) => {
				this.#stage = "login";
				report("secured", { version, cipherSuite, protocol, handshakeMilliseconds, signatureMilliseconds });
			},
			onFailure: error => {
				this.#reason ??= error;
			},
		};
	}

	#onControl(message: ControlMessage): void {
		switch (message.operation) {
			case operations.CONNACK:
				return this.#onConnack();
			case operations.SUBACK:
				return this.#onSuback(message);
			case operations.PUBACK:
				return this.#onPuback(message.id ?? 0);
		}
	}

	#onConnack(): void {
		const { report, clientId } = this.#options;
		report("accepted", { clientId });
		this.#stage = "subscribe";
		this.#subscribeId = this.#outbox.nextId();
		this.#subscribeTries = 0;
		this.#subscribePending = true;
	}

	#onSuback({ id, payload }: ControlMessage): void {
		const { report, subscriptions, onReady, now } = this.#options;
		if (this.#stage !== "subscribe" || id !== this.#subscribeId)
			return;
		const refusedTopics = subscriptions.filter((_, index) => (payload?.[index] ?? 0x80) === 0x80).map(({ topic }) => topic);
		if (refusedTopics.length > 0) {
			this.#reason = Object.assign(new Error(`The subscription to ${refusedTopics.join(", ")} was refused (SUBACK 0x80): check the policy's iot:Subscribe and the topic's form.`), { refused: true });
			return this.#failed(false);
		}
		this.#stage = "ready";
		this.#readyAt = now();
		this.#expect(undefined);
		subscriptions.forEach(({ topic }, index) => report("subscribed", { topic, qos: payload?.[index] ?? 0 }));
		onReady();
		this.#write();
	}

	#onPuback(id: number): void {
		if (!this.#outbox.remove(id))
			return;
		this.#options.report("puback", { id });
		this.#options.onAcknowledged?.(id);
		this.#write();
	}

	#onWritable(count: number): void {
		this.#writable = count;
		this.#write();
	}

	/** Writes what is due as long as the connection takes it. */
	#write(): void {
		const { subscriptions, now } = this.#options;
		if (this.#stage === "subscribe" && this.#subscribePending && this.#fits(subscriptions.map(({ topic }) => topic), 0))
			return this.#subscribe();
		while (this.#stage === "ready") {
			const message = this.#outbox.due(now());
			if (!message || !this.#fits([message.topic], message.payload.length))
				return;
			this.#publish(message);
		}
	}

	/** UTF-8 takes at most 3 bytes for each UTF-16 unit. */
	#fits(topics: readonly string[], byteLength: number): boolean {
		const size = topics.reduce((sum, topic) => sum + 3 * topic.length + 3, packetOverhead + byteLength);
		return this.#writable >= size + reserve;
	}

	#subscribe(): void {
		this.#subscribePending = false;
		this.#subscribeTries += 1;
		this.#expect(subackDeadline);
		this.#send(null, { operation: operations.SUBSCRIBE, id: this.#subscribeId, items: this.#options.subscriptions });
	}

	#publish(message: Outgoing): void {
		const { topic, payload, QoS, id } = message;
		const duplicate = message.sent > 0;
		message.sent += 1;
		message.deadline = this.#options.now() + pubackDeadline;
		this.#options.report("publish", { qos: QoS, id: id || undefined, topic, duplicate: duplicate || undefined, bytes: payload.length });
		if (QoS === 0)
			this.#outbox.remove(0);
		this.#send(payload, { operation: operations.PUBLISH, topic, QoS, duplicate, ...(id ? { id } : {}) });
		if (QoS > 0)
			this.#expect(pubackDeadline);
	}

	/** A client that cannot take what it promised to take is as good as lost. */
	#send(data: Uint8Array | null, options: WriteOptions): void {
		try {
			this.#writable = this.#client?.write(data, options) ?? 0;
		}
		catch (error) {
			this.#reason ??= error instanceof Error ? error : new Error(String(error));
			this.#failed(false);
		}
	}

	#read(count: number, options: ReadableOptions): void {
		if (this.#client)
			this.#inbox.receive(this.#client.read(count), options);
	}

	#deliver(message: Message): void {
		this.#options.onMessage(message);
	}

	/** Sets the deadline of the answer that is awaited; undefined: none. */
	#expect(milliseconds: number | undefined): void {
		const { timer } = this.#options;
		timer.clear(this.#deadline);
		this.#deadline = milliseconds === undefined ? undefined : timer.set(() => this.#onDeadline(), milliseconds);
	}

	#onDeadline(): void {
		this.#deadline = undefined;
		if (this.#stage === "ready")
			return this.#repeat();
		if (this.#stage !== "subscribe" || this.#subscribeTries >= subackTries)
			return this.#failed(true);
		this.#subscribePending = true;
		this.#expect(subackDeadline);
		this.#write();
	}

	/** Publishes again what was not acknowledged in time, and watches the rest. */
	#repeat(): void {
		this.#write();
		const next = this.#outbox.nextDeadline;
		if (next !== Infinity)
			this.#expect(Math.max(1, next - this.#options.now()));
	}

	#failed(timedOut: boolean): void {
		const { host, port, clientId, subscriptions, report, timer, now } = this.#options;
		const topics = subscriptions.map(({ topic }) => topic);
		const { sentence, refused } = diagnose({
			stage: this.#stage, host, port, clientId, topics, timedOut, reason: this.#reason,
			publishing: this.#outbox.unacknowledged,
		});
		report("error", { step: this.#stage, message: sentence });
		this.#drop();
		if (this.#closed)
			return;
		if (refused)
			this.#backoff.reset(Math.max(this.#backoff.bound, refusedBound));
		else if (now() - this.#readyAt >= stableAfter)
			this.#backoff.reset();
		this.#readyAt = Infinity;
		const delay = Math.max(this.#backoff.next(), this.#connectedAt + connectInterval - now());
		report("retry", { seconds: (delay / 1_000).toFixed(3) });
		this.#retry = timer.set(() => this.#connect(), delay);
	}

	/** Lets go of the client; not inside its own callback, where the SDK's client cannot be closed. */
	#drop(): void {
		const client = this.#client;
		this.#client = undefined;
		this.#expect(undefined);
		this.#stage = "resolve";
		this.#inbox.reset();
		this.#outbox.disconnected();
		if (client)
			this.#options.timer.set(() => client.close(), 0);
	}
}
