// SPDX-License-Identifier: MIT
import type { Fields } from "../modules/iot/events.js";
import type { Message } from "../modules/iot/inbox.js";
import type { QoS, Timers } from "../modules/iot/mqtt.js";

/** What the echo needs of a session. */
export interface Publisher {
	readonly ready: boolean;
	publish(topic: string, payload: Uint8Array, QoS: QoS): boolean;
	close(): void;
}

export interface EchoOptions {
	topic: string;
	clientId: string;
	/** Milliseconds between two rounds of messages. */
	interval: number;
	/** Stop after so many echoes of our own; 0: never. */
	messages: number;
	timer: Timers;
	/** UTF-8. */
	encode(text: string): Uint8Array;
	/** UTF-8; throws for bytes that are not UTF-8. */
	decode(bytes: Uint8Array): string;
	report(event: string, fields?: Fields): void;
}

/** The demonstration: publishes to a topic at QoS 0 and at QoS 1, and prints whatever the topic brings. */
export class Echo {
	#options: EchoOptions;
	#publisher: Publisher | undefined;
	#timer: unknown;
	#counter = 0;
	#echoes = 0;
	#isFull = false;

	constructor(options: EchoOptions) {
		this.#options = options;
	}

	/** The session is ready, for the first time or again. */
	start(publisher: Publisher): void {
		this.#publisher = publisher;
		this.#options.timer.clear(this.#timer);
		this.#round();
	}

	#round(): void {
		const { timer, interval } = this.#options;
		this.#publish(0);
		this.#publish(1);
		this.#timer = timer.set(() => this.#round(), interval);
	}

	#publish(QoS: QoS): void {
		const { topic, clientId, encode } = this.#options;
		const text = `hello from ESP32 (QOS${QoS}) : ${this.#counter + 1} : ${clientId}`;
		const taken = this.#publisher?.publish(topic, encode(text), QoS) ?? false;
		if (taken) this.#counter += 1;
		if (QoS === 1) this.#noteFull(!taken);
	}

	/** Said once, until a message is taken again. */
	#noteFull(isFull: boolean): void {
		if (isFull && !this.#isFull)
			this.#options.report("full", {
				message: "Earlier messages are not acknowledged yet: rounds are skipped until some are.",
			});
		this.#isFull = isFull;
	}

	/** A message of the topic, ours or another device's. */
	receive({ topic, QoS, payload, byteLength }: Message): void {
		const { report, clientId, messages } = this.#options;
		const text = this.#text(payload);
		const own = text?.endsWith(` : ${clientId}`) ?? false;
		report("receive", { qos: QoS, topic, own, bytes: byteLength, payload: text ?? "(not UTF-8)" });
		if (own) this.#echoes += 1;
		if (messages > 0 && this.#echoes >= messages) this.#stop();
	}

	/** Publishes no more. */
	end(): void {
		this.#options.timer.clear(this.#timer);
		this.#publisher = undefined;
	}

	#stop(): void {
		const publisher = this.#publisher;
		if (!publisher) return;
		this.end();
		this.#options.report("done", { echoes: this.#echoes });
		publisher.close();
	}

	#text(payload: Uint8Array): string | undefined {
		try {
			return this.#options.decode(payload);
		} catch {
			return undefined;
		}
	}
}
