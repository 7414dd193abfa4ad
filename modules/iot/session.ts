// SPDX-License-Identifier: MIT
import { returnCodes } from "./connack.js";
import { type Diagnosis, diagnose, type Reason, type Stage } from "./diagnosis.js";
import type { Fields } from "./events.js";
import { Inbox, type Message } from "./inbox.js";
import {
	type Client,
	type ClientConstructor,
	type ControlMessage,
	operations,
	type QoS,
	type ReadableOptions,
	type Timers,
	type Will,
} from "./mqtt.js";
import { Progress } from "./progress.js";
import { Reconnection } from "./reconnection.js";
import { Transmitter } from "./transmitter.js";

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
	/** `{io, secure, TCP, …}` of the socket; `io` from `watchConnack`. */
	socket: { io: unknown; secure: object; TCP?: object };
	subscriptions: readonly { topic: string; QoS: QoS }[];
	/** Ask the far end to keep subscriptions and QoS 1 messages while we are away. Default false. */
	persistent?: boolean;
	/** Published by the far end when the connection is lost. */
	will?: Will;
	timer: Timers;
	/** A monotonic clock, in milliseconds. */
	now(): number;
	/** Uniform in [0, 1), for jitter; may not fail. */
	random(): number;
	/** The most messages that wait to be written or acknowledged. Default 16. */
	outboxLimit?: number;
	/** Bytes of an incoming payload that are kept; the rest is read and dropped. Default 4096. */
	payloadLimit?: number;
	/** Bounds of the reconnect delay, in milliseconds. Default 1,000 and 128,000. */
	backoff?: { base: number; cap: number };
	/** How long a CONNACK may take, name resolution, TCP and TLS included, in milliseconds. Default 30,000. */
	connackWithin?: number;
	/** How long a SUBACK or PUBACK may take at least before the packet is repeated, in milliseconds. Default 10,000. */
	acknowledgeWithin?: number;
	report(event: string, fields?: Fields): void;
	/**
	 * Every subscription is granted: publish at will.
	 * @param serverValidFrom when the validity of the server's certificate begins, in seconds since 1970, if TLS says so
	 */
	onReady(serverValidFrom?: number): void;
	onMessage(message: Message): void;
	/** The far end has acknowledged a QoS 1 message. */
	onAcknowledged?(id: number): void;
	/** A connection failed, for this reason if it is known; the next attempt is planned already. */
	onFailure?(reason: Reason | undefined): void;
}

/** A client of the platform as its callbacks see it. */
interface Owned {
	target: { session: Session; attempt: number };
}

const subackTries = 3;
/** When a PUBACK is awaited and nothing has come for so many times as long as one may take, the connection is half-open. */
const silentDeadlines = 3;
/** A connection that lasted this long was a good one: the back-off starts again. */
const stableAfter = 30_000;
/** SUBACK's code of a refused filter (MQTT 3.1.1 section 3.9.3). */
const subackFailure = 0x80;

function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}

/** The step that is reported: what failed before anything was sent is the device's own set-up, whatever waits for it. */
function stepOf(stage: Stage, reason: Reason | undefined): Stage {
	return reason?.step === "setup" ? "setup" : stage;
}

/**
 * One device's conversation with AWS IoT: connects, subscribes, publishes, repeats what was not acknowledged, and
 * comes back after a capped delay with full jitter, forever. Everything it touches is injected. Whatever is thrown in a
 * callback, its owner's included, ends the connection and not the session.
 */
export class Session {
	#options: SessionOptions;
	#transmitter: Transmitter;
	#inbox: Inbox;
	#reconnection: Reconnection;
	#client: Client | undefined;
	/** Number of the connection. */
	#attempt = 0;
	#progress: Progress;
	#readyAt = Infinity;
	/** Since when a PUBACK is awaited and nothing at all has come in. */
	#quietSince = Infinity;
	/** The timer of the deadline, when it comes, and when the deadline is; Infinity: there is none. */
	#deadline: unknown;
	#timerAt = Infinity;
	#deadlineAt = Infinity;
	#retry: unknown;
	#subscribeId = 0;
	#subscribeTries = 0;
	#connackWithin: number;
	#acknowledgeWithin: number;
	#subscribePending = false;
	/** SUBACK came in the session that the far end keeps. That there is a session does not mean that it has our subscriptions. */
	#subscribed = false;
	/** A CONNACK came: the policy allows it. */
	#accepted = false;
	/** Number of the connection on which a PUBLISH was acknowledged last: the policy allows it. */
	#acknowledged = 0;
	#paused = false;
	#closed = false;

	constructor(options: SessionOptions) {
		const {
			outboxLimit = 16,
			payloadLimit = 4096,
			backoff,
			connackWithin = 30_000,
			acknowledgeWithin = 10_000,
			random,
			now,
			report,
		} = options;
		this.#options = options;
		this.#connackWithin = connackWithin;
		this.#acknowledgeWithin = acknowledgeWithin;
		this.#transmitter = new Transmitter({ limit: outboxLimit, acknowledgeWithin, now, random, report });
		this.#inbox = new Inbox(payloadLimit, message => this.#options.onMessage(message));
		this.#reconnection = new Reconnection(now, { base: 1_000, cap: 128_000, ...backoff, random });
		this.#progress = this.#begin();
		this.#connect();
	}

	get ready(): boolean {
		return this.#progress.stage === "ready";
	}

	/**
	 * Hands over a message. At QoS 1 it is kept, and repeated over reconnects, until it is acknowledged; at QoS 0 it is
	 * kept only while the connection lasts.
	 * @returns false when too many messages wait, or at QoS 0 without a connection: nothing was taken
	 */
	publish(topic: string, payload: Uint8Array, QoS: QoS): boolean {
		if (this.#closed || (QoS === 0 && !this.ready) || !this.#transmitter.add(topic, payload, QoS)) return false;
		this.#write();
		return true;
	}

	/** The network is gone: ends the connection, keeps the messages at QoS 1, and waits for `resume`. */
	pause(): void {
		if (this.#closed || this.#paused) return;
		this.#paused = true;
		this.#options.timer.clear(this.#retry);
		this.#drop();
		this.#options.report("paused", { waiting: this.#transmitter.waiting });
	}

	/** The network is back: connects without waiting for the back-off, at a random moment within two seconds. */
	resume(): void {
		if (this.#closed || !this.#paused) return;
		this.#paused = false;
		this.#retryIn(this.#reconnection.delayOnline(), "resumed");
	}

	/** Ends the session for good: DISCONNECT where it can be sent, no retry. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#options.timer.clear(this.#retry);
		this.#guarded(this.#disconnect, undefined, undefined);
		this.#drop();
	}

	#disconnect(): void {
		this.#transmitter.control({ operation: operations.DISCONNECT });
	}

	/** Of the next connection. What an earlier one's socket still reports goes to that one's own. */
	#begin(): Progress {
		return new Progress(this.#options.host, this.#reconnection, this.#options.report);
	}

	#connect(): void {
		const { host, port, report } = this.#options;
		const attempt = (this.#attempt += 1);
		this.#retry = undefined;
		this.#reconnection.attempted();
		this.#expect(this.#connackWithin);
		try {
			report("connect", { host, port });
			const client = this.#open(attempt);
			if (attempt !== this.#attempt) return this.#dispose(client);
			this.#progress.opened();
			this.#client = client;
			this.#transmitter.attach(client);
		} catch (error) {
			// a client may report an error and throw one as well: the first was the failure
			if (attempt === this.#attempt) this.#broke(error);
		}
	}

	#open(attempt: number): Client {
		const { io, host, port, clientId, persistent = false, keepAlive, dns, socket, will } = this.#options;
		return new io({
			host,
			port,
			id: clientId,
			clean: !persistent,
			keepAlive: keepAlive * 1_000,
			dns,
			...(will && { will }),
			socket: { ...socket, secure: Object.assign(this.#progress, socket.secure) },
			target: { session: this, attempt },
			onReadable: Session.#onClientReadable,
			onWritable: Session.#onClientWritable,
			onControl: Session.#onClientControl,
			onError: Session.#onClientError,
		});
	}

	/*
	 * The client's callbacks find their session as ECMA-419's `target`: closures would take memory for each connection. They
	 * count only while the connection lasts: those of an earlier one are late news.
	 */

	static #onClientReadable(this: Owned, count: number, options: ReadableOptions): void {
		const { session, attempt } = this.target;
		if (attempt === session.#attempt) session.#guarded(session.#read, count, options);
	}

	static #onClientWritable(this: Owned, count: number): void {
		const { session, attempt } = this.target;
		if (attempt === session.#attempt) session.#guarded(session.#onWritable, count, undefined);
	}

	static #onClientControl(this: Owned, message: ControlMessage): void {
		const { session, attempt } = this.target;
		if (attempt === session.#attempt) session.#guarded(session.#onControl, message, undefined);
	}

	static #onClientError(this: Owned, error?: Error): void {
		const { session, attempt } = this.target;
		if (attempt === session.#attempt) session.#guarded(session.#gaveUp, error, undefined);
	}

	#gaveUp(error: Error | undefined): void {
		this.#progress.reason ??= error;
		this.#failed(false);
	}

	#onControl(message: ControlMessage): void {
		this.#hear();
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
		const { report, clientId, persistent = false, subscriptions } = this.#options;
		const { sessionPresent } = this.#progress.connack;
		report("accepted", { clientId, sessionPresent: persistent ? sessionPresent : undefined });
		this.#accepted = true;
		this.#subscribed &&= persistent && sessionPresent;
		if (this.#subscribed || subscriptions.length === 0) return this.#onReady();
		this.#progress.stage = "subscribe";
		this.#subscribeId = this.#transmitter.nextId();
		this.#subscribeTries = 0;
		this.#subscribePending = true;
	}

	#onSuback({ id, payload }: ControlMessage): void {
		const { report, subscriptions } = this.#options;
		if (this.#progress.stage !== "subscribe" || id !== this.#subscribeId) return;
		const refusedTopics = subscriptions
			.filter((_, index) => (payload?.[index] ?? subackFailure) === subackFailure)
			.map(({ topic }) => topic);
		if (refusedTopics.length > 0) {
			this.#progress.reason = Object.assign(
				new Error(
					`The subscription to ${refusedTopics.join(", ")} was refused (SUBACK 0x80): check the policy's iot:Subscribe and the topic's form.`,
				),
				{ refused: true },
			);
			return this.#failed(false);
		}
		this.#subscribed = true;
		subscriptions.forEach(({ topic }, index) => report("subscribed", { topic, qos: payload?.[index] ?? 0 }));
		this.#onReady();
	}

	#onReady(): void {
		this.#progress.stage = "ready";
		this.#readyAt = this.#options.now();
		this.#expect(undefined);
		// what waits goes first: the owner may read flash
		this.#write();
		if (this.ready) this.#options.onReady(this.#progress.serverValidFrom);
	}

	#onPuback(id: number): void {
		if (!this.#transmitter.acknowledge(id)) return;
		this.#acknowledged = this.#attempt;
		this.#options.report("puback", { id });
		this.#options.onAcknowledged?.(id);
		this.#write();
	}

	#onWritable(count: number): void {
		this.#transmitter.setWritable(count);
		this.#write();
	}

	/** Writes what is due, as far as the connection takes it. */
	#write(): void {
		if (this.#progress.stage === "subscribe" && this.#subscribePending)
			this.#guarded(this.#subscribe, undefined, undefined);
		if (this.#progress.stage === "ready") this.#guarded(this.#pump, undefined, undefined);
		if (this.#progress.stage === "ready") this.#awaitPuback();
	}

	#pump(): void {
		this.#transmitter.pump();
	}

	#subscribe(): void {
		if (
			!this.#transmitter.control({
				operation: operations.SUBSCRIBE,
				id: this.#subscribeId,
				items: this.#options.subscriptions,
			})
		)
			return;
		this.#subscribePending = false;
		this.#subscribeTries += 1;
		this.#expect(this.#acknowledgeWithin);
	}

	/** What is thrown ends the connection; if that has ended already, the next attempt is planned. */
	#guarded<A, B>(act: (this: Session, a: A, b: B) => void, a: A, b: B): void {
		const attempt = this.#attempt;
		try {
			act.call(this, a, b);
		} catch (error) {
			if (attempt !== this.#attempt)
				return this.#options.report("error", { step: this.#progress.stage, message: asError(error).message });
			this.#broke(error);
		}
	}

	#broke(error: unknown): void {
		this.#gaveUp(asError(error));
	}

	#read(count: number, options: ReadableOptions): void {
		this.#hear();
		if (this.#client) this.#inbox.receive(this.#client.read(count), options);
	}

	/**
	 * Sets the deadline of the answer that is awaited; undefined: none. A timer that comes sooner is kept, and set again when
	 * it comes: each message moves the deadline.
	 */
	#expect(milliseconds: number | undefined): void {
		const { timer } = this.#options;
		this.#deadlineAt = milliseconds === undefined ? Infinity : this.#options.now() + milliseconds;
		if (milliseconds !== undefined && this.#deadlineAt >= this.#timerAt) return;
		timer.clear(this.#deadline);
		this.#timerAt = this.#deadlineAt;
		this.#deadline =
			milliseconds === undefined
				? undefined
				: timer.set(() => this.#guarded(this.#onTimer, undefined, undefined), milliseconds);
	}

	#onTimer(): void {
		const left = this.#deadlineAt - this.#options.now();
		this.#deadline = undefined;
		this.#timerAt = Infinity;
		if (left > 0) this.#expect(left);
		else this.#onDeadline();
	}

	/** What is overdue already could not be repeated: the connection takes nothing. */
	#awaitPuback(): void {
		const next = this.#transmitter.nextDeadline,
			now = this.#options.now();
		this.#quietSince = next === Infinity ? Infinity : Math.min(this.#quietSince, now);
		if (next === Infinity) return this.#expect(undefined);
		const repeat = next > now ? next - now : this.#transmitter.patience;
		this.#expect(Math.min(repeat, Math.max(0, this.#silentAt - now)));
	}

	#hear(): void {
		if (this.#quietSince !== Infinity) this.#quietSince = this.#options.now();
	}

	#onDeadline(): void {
		if (this.#progress.stage === "ready")
			return this.#options.now() >= this.#silentAt ? this.#fellSilent() : this.#write();
		if (this.#progress.stage !== "subscribe" || this.#subscribeTries >= subackTries) return this.#failed(true);
		this.#subscribePending = true;
		this.#expect(this.#acknowledgeWithin);
		this.#write();
	}

	/** When the connection counts as half-open, on the clock. */
	get #silentAt(): number {
		return this.#quietSince + silentDeadlines * this.#transmitter.patience;
	}

	#fellSilent(): void {
		this.#transmitter.fellSilent();
		this.#failed(true);
	}

	/** The connection lasted long enough to be a good one. */
	get #isStable(): boolean {
		return this.#options.now() - this.#readyAt >= stableAfter;
	}

	#failed(timedOut: boolean): void {
		const { report } = this.#options;
		const { stage, reason } = this.#progress;
		const diagnosis = this.#diagnosis(timedOut),
			stable = this.#isStable;
		this.#drop();
		if (!this.#closed)
			this.#retryIn(this.#reconnection.delayAfter(diagnosis, stable), "retry", () => {
				report("error", { step: stepOf(stage, reason), message: diagnosis.sentence });
			});
		this.#options.onFailure?.(reason);
	}

	/** The timer comes first: whatever reports may throw. */
	#retryIn(delay: number, event: "retry" | "resumed", explain?: () => void): void {
		const { timer, report } = this.#options;
		timer.clear(this.#retry);
		this.#retry = timer.set(() => this.#connect(), delay);
		explain?.();
		report(event, { seconds: (delay / 1_000).toFixed(3) });
	}

	#diagnosis(timedOut: boolean): Diagnosis {
		const { host, port, clientId, subscriptions } = this.#options;
		const { returnCode } = this.#progress.connack;
		const topics = subscriptions.map(({ topic }) => topic);
		return diagnose({
			stage: this.#progress.stage,
			host,
			port,
			clientId,
			topics,
			timedOut,
			reason: this.#progress.reason,
			accepted: this.#accepted,
			young: !this.#isStable,
			suspected: this.#reconnection.suspected,
			connack: returnCode === 0 ? undefined : `${returnCode}, ${returnCodes[returnCode] ?? "unknown"}`,
			publishing: this.#acknowledged === this.#attempt ? undefined : this.#transmitter.unacknowledged,
			published: this.#acknowledged > 0,
		});
	}

	/** Lets go of the client and of all that belonged to the connection. */
	#drop(): void {
		const client = this.#client;
		this.#attempt += 1;
		this.#client = undefined;
		this.#readyAt = this.#quietSince = Infinity;
		this.#progress = this.#begin();
		this.#expect(undefined);
		this.#inbox.reset();
		this.#transmitter.detach();
		if (client) this.#dispose(client);
	}

	/** Not inside a callback of its own, where the SDK's client cannot be closed. */
	#dispose(client: Client): void {
		this.#options.timer.set(() => {
			try {
				client.close();
			} catch {
				// it holds nothing that the next connection needs
			}
		}, 0);
	}
}
