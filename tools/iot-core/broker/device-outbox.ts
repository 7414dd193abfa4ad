// SPDX-License-Identifier: MIT
import { RateBucket } from "../rate-bucket.js";
import type { Limits } from "./limits.js";
import type { RoutedMessage } from "./message.js";

/** The connection that an outbox sends by. */
export interface OutboxLink {
	/** Does some of the device's work; nothing that it throws comes back. */
	guard(work: () => void): void;
	/** Milliseconds until another PUBLISH may be sent; Infinity: when `flush` is called. */
	ready(): number;
	/** Whether the device may get this message now. */
	permits(message: RoutedMessage): boolean;
	/** @param id of the packet; undefined at QoS 0 */
	deliver(message: RoutedMessage, id: number | undefined): void;
}

/** What an outbox needs to know. */
export interface OutboxOptions {
	limits: Limits;
	/** Takes a message of the account's that are stored while devices are away; false when there were too many. */
	mayStore(): boolean;
	log(line: string): void;
	/** Monotonic, in milliseconds. */
	now?(): number;
}

/** A message at QoS 1. */
interface Entry {
	readonly message: RoutedMessage;
	/** When it was first for the present connection. */
	since: number;
	/** When it was sent last. */
	sentAt: number;
}

const maxPacketId = 65_535;
/** Bytes that a message takes in addition to its topic and payload. */
const overhead = 256;

/** The messages to one device: what is not acknowledged, what waits, and what is stored while a persistent session's device is away. */
export class DeviceOutbox {
	readonly #options: OutboxOptions;
	readonly #now: () => number;
	#link: OutboxLink | undefined;
	readonly #unacknowledged = new Map<number, Entry>();
	/** For the present connection. */
	#waiting: Entry[] = [];
	/** From the time before it. */
	#stored: Entry[] = [];
	#storedBucket: RateBucket;
	#bytes = 0;
	#lastId = 0;
	/** Until more may be sent. */
	#timer: NodeJS.Timeout | undefined;
	/** Until the next repetition is due, at the earliest. */
	#retryTimer: NodeJS.Timeout | undefined;

	constructor(options: OutboxOptions) {
		this.#options = options;
		this.#now = options.now ?? (() => performance.now());
		this.#storedBucket = this.#newStoredBucket();
	}

	/** Messages at QoS 1 that the device has not acknowledged. */
	get size(): number {
		return this.#unacknowledged.size + this.#waiting.length + this.#stored.length;
	}

	/** The device is there: what was stored is sent, in its order and at the rate of AWS. */
	attach(link: OutboxLink): void {
		this.#link = link;
		this.#storedBucket = this.#newStoredBucket();
		const now = this.#now();
		this.#stored.forEach(entry => (entry.since = now));
		this.flush();
	}

	/** The device is away: what it has not acknowledged is kept. */
	detach(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#retryTimer);
		this.#timer = this.#retryTimer = undefined;
		this.#link = undefined;
		this.#stored = [...this.#unacknowledged.values(), ...this.#stored, ...this.#waiting];
		this.#unacknowledged.clear();
		this.#waiting = [];
	}

	/** Takes a message. At QoS 0 it is sent now or never. What goes wrong with it is this device's matter, not the sender's. */
	add(message: RoutedMessage): void {
		if (this.#link === undefined) this.#add(message);
		else this.#link.guard(() => this.#add(message));
	}

	#add(message: RoutedMessage): void {
		if (message.qos === 0) return this.#sendAtMostOnce(message);
		if (this.#bytes + sizeOf(message) > this.#options.limits.queueBytes)
			return this.#options.log(
				`dropped a message on ${message.topic}: more than ${this.#options.limits.queueBytes} bytes are waiting`,
			);
		if (this.#link === undefined && !this.#options.mayStore())
			return this.#options.log(
				`dropped a message on ${message.topic}: more than ${this.#options.limits.queueRate} messages a second are to be stored`,
			);
		this.#bytes += sizeOf(message);
		const entry = { message, since: this.#now(), sentAt: 0 };
		if (this.#link === undefined) this.#stored.push(entry);
		else {
			this.#waiting.push(entry);
			this.flush();
		}
	}

	/** PUBACK has come. */
	acknowledge(id: number): void {
		const entry = this.#unacknowledged.get(id);
		if (entry === undefined) return;
		this.#unacknowledged.delete(id);
		this.#bytes -= sizeOf(entry.message);
		this.flush();
	}

	/** Sends what may be sent now. */
	flush(): void {
		const link = this.#link;
		if (link === undefined) return;
		const wait = this.#sendWaiting(link);
		clearTimeout(this.#timer);
		this.#timer = wait === Infinity ? undefined : this.#after(wait, () => this.flush());
		if (this.#retryTimer === undefined && this.#unacknowledged.size > 0) this.#retryAfter(this.#untilRetry());
	}

	/** Repeats what is due, and then sends what may be sent. The one timer for it runs while anything is not acknowledged. */
	retry(): void {
		clearTimeout(this.#retryTimer);
		this.#retryTimer = undefined;
		if (this.#link !== undefined) this.#sendAgain(this.#link);
		this.flush();
	}

	#retryAfter(milliseconds: number): void {
		this.#retryTimer = this.#after(milliseconds, () => this.retry());
	}

	#after(milliseconds: number, work: () => void): NodeJS.Timeout {
		return setTimeout(() => this.#link?.guard(work), Math.max(1, milliseconds)).unref();
	}

	#sendAtMostOnce(message: RoutedMessage): void {
		const link = this.#link;
		if (link === undefined || !link.permits(message)) return;
		if (link.ready() > 0)
			this.#options.log(
				`dropped a message at QoS 0 on ${message.topic}: THROTTLED, the device does not take it fast enough, or it is more than ${this.#options.limits.publishRate} a second`,
			);
		else link.deliver(message, undefined);
	}

	/** Repeats what was not acknowledged in time, without DUP and with the same packet id. */
	#sendAgain(link: OutboxLink): void {
		const { retryInterval, retryLifetime } = this.#options.limits;
		const now = this.#now();
		for (const [id, entry] of this.#unacknowledged) {
			if (now - entry.since >= retryLifetime) {
				this.#unacknowledged.delete(id);
				this.#drop(entry, `it was not acknowledged within ${retryLifetime / 1000} s`);
			} else if (now - entry.sentAt >= retryInterval && link.ready() === 0) {
				entry.sentAt = now;
				link.deliver(entry.message, id);
			}
		}
	}

	/** Milliseconds until the next repetition is due; what is overdue, because the device does not take it, is tried an interval later. */
	#untilRetry(): number {
		const { retryInterval } = this.#options.limits;
		const now = this.#now();
		let least = retryInterval;
		for (const { sentAt } of this.#unacknowledged.values()) {
			const wait = sentAt + retryInterval - now;
			if (wait > 0 && wait < least) least = wait;
		}
		return least;
	}

	/** Sends what waits, as far as the device's acknowledgements and the rates go; returns the milliseconds until the next one. */
	#sendWaiting(link: OutboxLink): number {
		while (this.#unacknowledged.size < this.#options.limits.unacknowledged) {
			const storedWait = this.#stored.length === 0 ? Infinity : this.#storedBucket.delay(1);
			const queue = storedWait === 0 ? this.#stored : this.#waiting;
			const [entry] = queue;
			if (entry === undefined) return storedWait;
			const wait = link.ready();
			if (wait > 0) return Math.min(wait, storedWait || Infinity);
			queue.shift();
			if (queue === this.#stored) this.#storedBucket.take();
			this.#send(link, entry);
		}
		return Infinity;
	}

	#send(link: OutboxLink, entry: Entry): void {
		const { retryLifetime } = this.#options.limits;
		if (this.#now() - entry.since >= retryLifetime)
			return this.#drop(entry, `it could not be sent within ${retryLifetime / 1000} s`);
		if (!link.permits(entry.message)) {
			this.#bytes -= sizeOf(entry.message);
			return;
		}
		const id = this.#nextId();
		entry.sentAt = this.#now();
		this.#unacknowledged.set(id, entry);
		link.deliver(entry.message, id);
	}

	#drop({ message }: Entry, reason: string): void {
		this.#bytes -= sizeOf(message);
		this.#options.log(`dropped a message on ${message.topic}: ${reason}`);
	}

	#nextId(): number {
		do this.#lastId = (this.#lastId % maxPacketId) + 1;
		while (this.#unacknowledged.has(this.#lastId));
		return this.#lastId;
	}

	#newStoredBucket(): RateBucket {
		return new RateBucket(this.#options.limits.storedRate, this.#now);
	}
}

function sizeOf({ topic, payload }: RoutedMessage): number {
	return overhead + Buffer.byteLength(topic) + payload.length;
}
