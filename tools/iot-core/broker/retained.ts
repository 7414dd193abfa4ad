// SPDX-License-Identifier: MIT
import type { RoutedMessage } from "./message.js";

/** One message for each topic, for clients that subscribe later. In memory only. */
export class RetainedMessages {
	readonly #limit: number;
	readonly #messages = new Map<string, RoutedMessage>();
	readonly #modified = new Map<string, number>();

	/** @param limit most messages */
	constructor(limit: number) {
		this.#limit = limit;
	}

	/** Keeps a message, or forgets the topic's one when the payload is empty. False when there are as many as there may be. */
	store(message: RoutedMessage): boolean {
		if (message.payload.length === 0) {
			this.#messages.delete(message.topic);
			this.#modified.delete(message.topic);
			return true;
		}
		if (!this.#messages.has(message.topic) && this.#messages.size >= this.#limit) return false;
		this.#messages.set(message.topic, { ...message, retained: true });
		this.#modified.set(message.topic, Date.now());
		return true;
	}

	/** All messages, the longest kept topic first. */
	list(): RoutedMessage[] {
		return [...this.#messages.values()];
	}

	/** When a topic's message was kept, in milliseconds since 1970. */
	modifiedAt(topic: string): number | undefined {
		return this.#modified.get(topic);
	}

	/** The message of exactly this topic. */
	get(topic: string): RoutedMessage | undefined {
		return this.#messages.get(topic);
	}
}
