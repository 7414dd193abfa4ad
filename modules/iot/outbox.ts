// SPDX-License-Identifier: MIT
import type { QoS } from "./mqtt.js";

/** A message on its way out. */
export interface Outgoing {
	topic: string;
	payload: Uint8Array;
	QoS: QoS;
	/** Packet id; 0 for QoS 0. Kept across repetitions and connections until it is acknowledged. */
	id: number;
	/** How often it was written, whole. */
	sent: number;
	/** When it counts as unanswered, on the session's clock in milliseconds. */
	deadline: number;
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
		this.#messages.push({ topic, payload, QoS, id: QoS ? this.nextId() : 0, sent: 0, deadline: Infinity });
		return true;
	}

	/** A packet id that no waiting message has (MQTT 3.1.1 section 2.3.1). */
	nextId(): number {
		do this.#lastId = (this.#lastId % maximumPacketId) + 1;
		while (this.#messages.some(message => message.id === this.#lastId));
		return this.#lastId;
	}

	/** The next message to write: one never written on this connection, or one whose acknowledgement is overdue. */
	due(now: number): Outgoing | undefined {
		return this.#messages.find(message => message.deadline === Infinity || message.deadline <= now);
	}

	/** Forgets a message: acknowledged, or written at QoS 0. Returns it; undefined for an id that does not wait. */
	remove(id: number): Outgoing | undefined {
		const index = this.#messages.findIndex(message => message.id === id);
		return index < 0 ? undefined : this.#messages.splice(index, 1)[0];
	}

	/** The first message that was written on this connection and that nothing has acknowledged. */
	get unacknowledged(): Outgoing | undefined {
		return this.#messages.find(message => message.deadline !== Infinity);
	}

	/** When the first overdue acknowledgement falls due; Infinity when none is awaited. */
	get nextDeadline(): number {
		return this.#messages.reduce((first, message) => Math.min(first, message.deadline), Infinity);
	}

	/** The connection is gone: what was not acknowledged is written again; QoS 0 is not worth keeping. */
	disconnected(): void {
		this.#messages = this.#messages.filter(message => message.QoS > 0);
		for (const message of this.#messages) message.deadline = Infinity;
	}
}
