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
	/** UTF-8; throws for bytes that are none. */
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
		const { topic, clientId, encode, report } = this.#options;
		const text = `hello from ESP32 (QOS${QoS}) : ${this.#counter + 1} : ${clientId}`;
		if (this.#publisher?.publish(topic, encode(text), QoS)) this.#counter += 1;
		else if (QoS === 1)
			report("full", { message: "The far end has not acknowledged earlier messages: this round is skipped." });
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

	#stop(): void {
		if (!this.#publisher) return;
		this.#options.timer.clear(this.#timer);
		this.#options.report("done", { echoes: this.#echoes });
		this.#publisher.close();
		this.#publisher = undefined;
	}

	#text(payload: Uint8Array): string | undefined {
		try {
			return this.#options.decode(payload);
		} catch {
			return undefined;
		}
	}
}
