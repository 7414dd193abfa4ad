// SPDX-License-Identifier: MIT
import type { QoS } from "./mqtt.js";

/** A message on its way out. */
export interface Outgoing {
	topic: string;
	payload: Uint8Array;
	QoS: QoS;
	/** Packet id; 0 for QoS 0. Kept over repetitions and connections until it is acknowledged. */
	id: number;
	/** How often it was begun to be written, over all connections. */
	sent: number;
	/** When it was written on this connection, first and last, on the session's clock in milliseconds. */
	written: { first: number; last: number } | undefined;
}

const maximumPacketId = 65535;

/** The messages that wait to be written or acknowledged: bounded, in order. */
export class Outbox {
	#limit: number;
	#messages: Outgoing[] = [];
	#lastId = 0;

	/** @param limit the most messages that may wait at a time */
	constructor(limit: number) {
		this.#limit = limit;
	}

	get length(): number {
		return this.#messages.length;
	}

	/** Takes a message; false when the outbox is full: the caller keeps it and tries again. */
	add(topic: string, payload: Uint8Array, QoS: QoS): boolean {
		if (this.#messages.length >= this.#limit) return false;
		this.#messages.push({ topic, payload, QoS, id: QoS ? this.nextId() : 0, sent: 0, written: undefined });
		return true;
	}

	/** A packet id that no waiting message has (MQTT 3.1.1 section 2.3.1). */
	nextId(): number {
		do this.#lastId = (this.#lastId % maximumPacketId) + 1;
		while (this.#indexOf(this.#lastId) >= 0);
		return this.#lastId;
	}

	/** Of the message with that id; -1 when none has it. A loop: these run for each message, and a closure takes memory. */
	#indexOf(id: number): number {
		const { length } = this.#messages;
		let index = 0;
		while (index < length && this.#messages[index]?.id !== id) index += 1;
		return index < length ? index : -1;
	}

	has(message: Outgoing): boolean {
		return this.#messages.includes(message);
	}

	/** The first message that was not written on this connection. */
	get unwritten(): Outgoing | undefined {
		for (const message of this.#messages) if (message.written === undefined) return message;
		return undefined;
	}

	/** The first message that was written on this connection and that nothing has acknowledged. */
	get unacknowledged(): Outgoing | undefined {
		return this.#messages.find(({ written }) => written !== undefined);
	}

	/** Of the messages that wait for a PUBACK, the one that was written the longest time ago. */
	get stalest(): Outgoing | undefined {
		let stalest: Outgoing | undefined;
		let last = Infinity;
		for (const message of this.#messages) {
			if (message.written === undefined || message.written.last >= last) continue;
			stalest = message;
			last = message.written.last;
		}
		return stalest;
	}

	/** Forgets a message: acknowledged, or written at QoS 0. Returns it; undefined for an id that does not wait. */
	remove(id: number): Outgoing | undefined {
		const index = this.#indexOf(id);
		return index < 0 ? undefined : this.#messages.splice(index, 1)[0];
	}

	/** The connection is gone: what was not acknowledged is written again; QoS 0 is not worth keeping. */
	disconnected(): void {
		this.#messages = this.#messages.filter(message => message.QoS > 0);
		for (const message of this.#messages) message.written = undefined;
	}
}
