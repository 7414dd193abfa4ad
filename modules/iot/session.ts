// SPDX-License-Identifier: MIT
import { returnCodes } from "./connack.js";
import { Deadline } from "./deadline.js";
import { type Diagnosis, diagnose, type Reason, type Stage } from "./diagnosis.js";
import { Inbox } from "./inbox.js";
import { type Client, type ControlMessage, operations, type QoS, type ReadableOptions } from "./mqtt.js";
import { Progress } from "./progress.js";
import { Reconnection } from "./reconnection.js";
import type { SessionOptions } from "./session-options.js";
import { Subscriber } from "./subscriber.js";
import { Transmitter } from "./transmitter.js";

/** A client of the platform as its callbacks see it. */
interface Owned {
	target: { session: Session; attempt: number };
}

/** A connection that lasted this long was a good one: the back-off starts again. */
const stableAfter = 30_000;

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
	#subscriber: Subscriber;
	#deadline: Deadline;
	#inbox: Inbox;
	#reconnection: Reconnection;
	#client: Client | undefined;
	/** Number of the connection. */
	#attempt = 0;
	#progress: Progress;
	#readyAt = Infinity;
	#retry: unknown;
	#connackWithin: number;
	#acknowledgeWithin: number;
	/** A CONNACK came: the policy allows it. */
	#accepted = false;
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
		this.#subscriber = new Subscriber(options);
		this.#deadline = new Deadline(options, () => this.#guarded(this.#onTimer, undefined, undefined));
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
		return new Progress(this.#options, this.#reconnection);
	}

	#connect(): void {
		const { host, port, report } = this.#options;
		const attempt = (this.#attempt += 1);
		this.#retry = undefined;
		this.#reconnection.attempted();
		this.#deadline.set(this.#connackWithin);
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
		this.#transmitter.heard();
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
		const { report, clientId, persistent = false } = this.#options;
		const { sessionPresent } = this.#progress.connack;
		report("accepted", { clientId, sessionPresent: persistent ? sessionPresent : undefined });
		this.#accepted = true;
		if (!this.#subscriber.begin(this.#transmitter, persistent && sessionPresent)) return this.#onReady();
		this.#progress.stage = "subscribe";
	}

	#onSuback(message: ControlMessage): void {
		if (this.#progress.stage === "subscribe" && this.#subscriber.answered(message)) this.#onReady();
	}

	#onReady(): void {
		this.#progress.stage = "ready";
		this.#readyAt = this.#options.now();
		this.#deadline.clear();
		// what waits goes first: the owner may read flash
		this.#write();
		if (this.ready) this.#options.onReady(this.#progress.serverValidFrom);
	}

	#onPuback(id: number): void {
		if (!this.#transmitter.acknowledge(id)) return;
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
		if (this.#progress.stage === "subscribe") this.#guarded(this.#subscribe, undefined, undefined);
		if (this.#progress.stage === "ready") this.#guarded(this.#pump, undefined, undefined);
		if (this.#progress.stage === "ready") this.#awaitPuback();
	}

	#pump(): void {
		this.#transmitter.pump();
	}

	#subscribe(): void {
		if (this.#subscriber.write(this.#transmitter)) this.#deadline.set(this.#acknowledgeWithin);
	}

	#awaitPuback(): void {
		const wait = this.#transmitter.awaitPuback();
		if (wait === undefined) this.#deadline.clear();
		else this.#deadline.set(wait);
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

	/** Guarded, too: the owner may throw when it hears of the failure. */
	#broke(error: unknown): void {
		this.#guarded(this.#gaveUp, asError(error), undefined);
	}

	#read(count: number, options: ReadableOptions): void {
		this.#transmitter.heard();
		if (this.#client) this.#inbox.receive(this.#client.read(count), options);
	}

	#onTimer(): void {
		if (!this.#deadline.isReached()) return;
		if (this.#progress.stage === "ready") return this.#transmitter.fellSilent() ? this.#failed(true) : this.#write();
		if (this.#progress.stage !== "subscribe" || !this.#subscriber.repeat()) return this.#failed(true);
		this.#deadline.set(this.#acknowledgeWithin);
		this.#write();
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
			publishing: this.#transmitter.publishing,
			published: this.#transmitter.published,
		});
	}

	/** Lets go of the client and of all that belonged to the connection. */
	#drop(): void {
		const client = this.#client;
		this.#attempt += 1;
		this.#client = undefined;
		this.#readyAt = Infinity;
		this.#progress = this.#begin();
		this.#deadline.clear();
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
