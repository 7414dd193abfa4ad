// SPDX-License-Identifier: MIT
import type { Fields } from "./events.js";
import { type Client, operations, type QoS, type WriteOptions } from "./mqtt.js";
import { Outbox, type Outgoing } from "./outbox.js";
import { Repetition } from "./repetition.js";

export interface TransmitterOptions {
	/** The most messages that wait to be written or acknowledged. */
	limit: number;
	/** How long a PUBACK may take at least before the message is published again, in milliseconds. */
	acknowledgeWithin: number;
	/** A monotonic clock, in milliseconds. */
	now(): number;
	/** Uniform in [0, 1). */
	random(): number;
	report(event: string, fields?: Fields): void;
}

/** What the MQTT client may need for its own acknowledgements and pings, over TLS, in bytes. */
const reserve = 128;
/** MQTT's overhead of a PUBLISH or SUBSCRIBE besides topics and payload, in bytes, at most. */
const packetOverhead = 16;
/** When a PUBACK is awaited and nothing has come in for this many times as long as one may take, the connection is half-open. */
const silentWaits = 3;
/** A payload up to this length goes out whole; a longer one in pieces of at least this length. */
const smallestPiece = 512;

/** UTF-8 takes at most 3 bytes for each UTF-16 unit. */
function topicLength(topic: string): number {
	return 3 * topic.length + 3;
}

/**
 * Writes packets as far as the connection takes them, and keeps QoS 1 messages until they are acknowledged: over
 * repetitions and connections with the same packet id.
 *
 * One message at a time is repeated, and the same one until something is acknowledged: an endpoint that answers nothing gets
 * one PUBLISH for each wait, whatever the number of messages that wait.
 */
export class Transmitter {
	readonly #now: () => number;
	readonly #report: TransmitterOptions["report"];
	#outbox: Outbox;
	#repetition: Repetition;
	/** When a message is repeated next, on the clock; Infinity when no PUBACK is awaited. */
	#repeatAt = Infinity;
	/** The message that was repeated last, until something is acknowledged. */
	#repeated: Outgoing | undefined;
	/** Since when a PUBACK is awaited and nothing at all has come in, on the clock; Infinity when none is awaited. */
	#quietSince = Infinity;
	/** A PUBLISH was acknowledged on an earlier connection, and on this one: the policy allows it. */
	#published = false;
	#acknowledged = false;
	#client: Client | undefined;
	#writable = 0;
	/** The message of which a piece was written and a piece is missing. */
	#partial: { message: Outgoing; offset: number } | undefined;

	constructor({ limit, acknowledgeWithin, now, random, report }: TransmitterOptions) {
		this.#now = now;
		this.#report = report;
		this.#outbox = new Outbox(limit);
		this.#repetition = new Repetition({ base: acknowledgeWithin, random });
	}

	/** Takes a message; false when too many wait already. */
	add(topic: string, payload: Uint8Array, QoS: QoS): boolean {
		return this.#outbox.add(topic, payload, QoS);
	}

	/** A packet id that no message has. */
	nextId(): number {
		return this.#outbox.nextId();
	}

	/** A PUBACK came; false for an id that does not wait. */
	acknowledge(id: number): boolean {
		const message = this.#outbox.remove(id);
		if (message === undefined) return false;
		this.#acknowledged = true;
		if (message.written) this.#repetition.acknowledged(this.#now() - message.written.first);
		this.#repeated = undefined;
		const { stalest } = this.#outbox;
		this.#repeatAt = stalest?.written ? stalest.written.last + this.#repetition.next() : Infinity;
		return true;
	}

	/** The topic of a message that was written, when none has been acknowledged on this connection. */
	get publishing(): string | undefined {
		return this.#acknowledged ? undefined : this.#outbox.unacknowledged?.topic;
	}

	/** A message was acknowledged, on this connection or on an earlier one. */
	get published(): boolean {
		return this.#published || this.#acknowledged;
	}

	/** How many messages at QoS 1 wait. */
	get waiting(): number {
		return this.#outbox.length;
	}

	/** Something came in. */
	heard(): void {
		if (this.#quietSince !== Infinity) this.#quietSince = this.#now();
	}

	/**
	 * How long nothing needs to be done about a missing PUBACK, in milliseconds; undefined when none is awaited. What is
	 * overdue already could not be repeated: the connection takes nothing.
	 */
	awaitPuback(): number | undefined {
		const now = this.#now(),
			next = this.#repeatAt;
		this.#quietSince = next === Infinity ? Infinity : Math.min(this.#quietSince, now);
		if (next === Infinity) return undefined;
		const repeat = next > now ? next - now : this.#repetition.patience;
		return Math.min(repeat, Math.max(0, this.#silentAt - now));
	}

	/** Whether a PUBACK is awaited and so long nothing came in that the connection is half-open. The next one is given more time. */
	fellSilent(): boolean {
		if (this.#now() < this.#silentAt) return false;
		this.#repetition.fellSilent();
		return true;
	}

	get #silentAt(): number {
		return this.#quietSince + silentWaits * this.#repetition.patience;
	}

	/** A new connection: nothing can be written yet. */
	attach(client: Client): void {
		this.#client = client;
	}

	/** The connection is gone: what was not acknowledged is written again on the next one. */
	detach(): void {
		this.#client = undefined;
		this.#writable = 0;
		this.#partial = undefined;
		this.#outbox.disconnected();
		this.#repetition.restart();
		this.#quietSince = Infinity;
		this.#published ||= this.#acknowledged;
		this.#acknowledged = false;
		this.#repeatAt = Infinity;
		this.#repeated = undefined;
	}

	/** The connection takes so many bytes now. */
	setWritable(count: number): void {
		this.#writable = count;
	}

	/** Writes a packet other than PUBLISH; false when it does not fit yet. Throws what the client throws. */
	control(options: WriteOptions): boolean {
		let size = packetOverhead;
		for (const { topic } of options.items ?? []) size += topicLength(topic);
		if (!this.#client || this.#partial || this.#writable < size + reserve) return false;
		this.#writable = this.#client.write(null, options);
		return true;
	}

	/** Publishes what is due, as far as it fits. Throws what the client throws. */
	pump(): void {
		while (this.#partial ? this.#continue(this.#partial) : this.#next());
	}

	/** The message that is to be repeated now. */
	get #overdue(): Outgoing | undefined {
		return this.#now() < this.#repeatAt ? undefined : (this.#repeated ?? this.#outbox.stalest);
	}

	/** Begins the next message that is due; whether it was written whole. */
	#next(): boolean {
		const message = this.#outbox.unwritten ?? this.#overdue;
		if (!this.#client || !message) return false;
		const { topic, payload, QoS, id } = message;
		const window = this.#writable - reserve - packetOverhead - topicLength(topic);
		if (window < Math.min(payload.length, smallestPiece)) return false;
		const duplicate = message.sent > 0;
		const piece = payload.length <= window ? payload : payload.subarray(0, window);
		this.#report("publish", {
			qos: QoS,
			id: id || undefined,
			topic,
			duplicate: duplicate || undefined,
			bytes: payload.length,
		});
		message.sent += 1;
		this.#partial = { message, offset: piece.length };
		this.#writable = this.#client.write(piece, {
			operation: operations.PUBLISH,
			topic,
			QoS,
			duplicate,
			byteLength: payload.length,
			...(id && { id }),
		});
		return this.#finish(this.#partial);
	}

	/** Writes the next piece of a message; whether it was the last. */
	#continue(partial: { message: Outgoing; offset: number }): boolean {
		const {
			message: { payload },
			offset,
		} = partial;
		const window = this.#writable - reserve;
		if (!this.#client || window < Math.min(payload.length - offset, smallestPiece)) return false;
		const piece = payload.subarray(offset, offset + window);
		partial.offset += piece.length;
		this.#writable = this.#client.write(piece);
		return this.#finish(partial);
	}

	#finish({ message, offset }: { message: Outgoing; offset: number }): boolean {
		if (offset < message.payload.length) return false;
		this.#partial = undefined;
		if (message.QoS === 0) this.#outbox.remove(message.id);
		else this.#await(message);
		return true;
	}

	/** Waits for the PUBACK of a message that was written whole, unless it came before the message's end. */
	#await(message: Outgoing): void {
		if (!this.#outbox.has(message)) return;
		const now = this.#now();
		if (message.written) {
			message.written.last = now;
			this.#repeated = message;
			this.#repeatAt = now + this.#repetition.next();
		} else {
			message.written = { first: now, last: now };
			if (this.#repeatAt === Infinity) this.#repeatAt = now + this.#repetition.next();
		}
	}
}
