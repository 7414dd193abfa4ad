// SPDX-License-Identifier: MIT
import type { Reason } from "./diagnosis.js";
import type { Fields } from "./events.js";
import { type ControlMessage, operations, type QoS } from "./mqtt.js";
import type { Transmitter } from "./transmitter.js";

export interface SubscriberOptions {
	subscriptions: readonly { topic: string; QoS: QoS }[];
	report(event: string, fields?: Fields): void;
}

/** How often a SUBSCRIBE is written before the connection is given up. */
const tries = 3;
/** SUBACK's code of a refused filter (MQTT 3.1.1 section 3.9.3). */
const refusedFilter = 0x80;

/** Asks for all subscriptions of a session with one SUBSCRIBE, again if the SUBACK is late. */
export class Subscriber {
	readonly #options: SubscriberOptions;
	/** Packet id of the SUBSCRIBE. */
	#id = 0;
	#written = 0;
	/** A SUBSCRIBE is to be written. */
	#due = false;
	/** SUBACK came in the session that the far end keeps. That there is a session does not mean that it has our subscriptions. */
	#granted = false;

	constructor(options: SubscriberOptions) {
		this.#options = options;
	}

	/**
	 * Begins on a new connection.
	 * @param kept the far end has kept our session
	 * @returns false when there is nothing to ask for
	 */
	begin(transmitter: Transmitter, kept: boolean): boolean {
		this.#granted &&= kept;
		if (this.#granted || this.#options.subscriptions.length === 0) return false;
		this.#id = transmitter.nextId();
		this.#written = 0;
		this.#due = true;
		return true;
	}

	/** Writes the SUBSCRIBE that is due; whether one went out. Throws what the client throws. */
	write(transmitter: Transmitter): boolean {
		if (!this.#due) return false;
		const { subscriptions: items } = this.#options;
		if (!transmitter.control({ operation: operations.SUBSCRIBE, id: this.#id, items })) return false;
		this.#due = false;
		this.#written += 1;
		return true;
	}

	/** The SUBACK is late: asks again; false after the last try. */
	repeat(): boolean {
		this.#due = this.#written < tries;
		return this.#due;
	}

	/**
	 * A SUBACK came.
	 * @returns false when it is the answer to something else
	 * @throws Reason with the topics that were refused
	 */
	answered({ id, payload }: ControlMessage): boolean {
		if (id !== this.#id) return false;
		const { subscriptions, report } = this.#options;
		const refused = subscriptions
			.filter((_, index) => (payload?.[index] ?? refusedFilter) === refusedFilter)
			.map(({ topic }) => topic);
		if (refused.length > 0) throw refusal(refused);
		this.#granted = true;
		subscriptions.forEach(({ topic }, index) => report("subscribed", { topic, qos: payload?.[index] ?? 0 }));
		return true;
	}
}

function refusal(topics: readonly string[]): Reason {
	return Object.assign(
		new Error(
			`The subscription to ${topics.join(", ")} was refused (SUBACK 0x80): check the policy's iot:Subscribe and the topic's form.`,
		),
		{ refused: true },
	);
}
