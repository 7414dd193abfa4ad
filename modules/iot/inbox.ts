// SPDX-License-Identifier: MIT
import type { QoS, ReadableOptions } from "./mqtt.js";

/** A message that came in. */
export interface Message {
	topic: string;
	QoS: QoS;
	/** The first bytes, as many as the session keeps. */
	payload: Uint8Array;
	/** Whole length, in bytes. */
	byteLength: number;
}

/** Puts the pieces of incoming messages together; memory is bounded whatever a message's length. */
export class Inbox {
	#limit: number;
	#onMessage: (message: Message) => void;
	#message: Message | undefined;
	#filled = 0;

	/** @param limit bytes of a payload that are kept */
	constructor(limit: number, onMessage: (message: Message) => void) {
		this.#limit = limit;
		this.#onMessage = onMessage;
	}

	/** One piece as the MQTT client delivers it: the first one of a message has its topic. */
	receive(piece: ArrayBuffer, { topic, byteLength = 0, QoS = 0, more }: ReadableOptions): void {
		if (topic !== undefined) {
			this.#message = {
				topic,
				QoS: QoS === 0 ? 0 : 1,
				payload: new Uint8Array(Math.min(byteLength, this.#limit)),
				byteLength,
			};
			this.#filled = 0;
		}
		const message = this.#message;
		if (!message) return;
		const room = Math.min(piece.byteLength, message.payload.length - this.#filled);
		message.payload.set(new Uint8Array(piece, 0, room), this.#filled);
		this.#filled += room;
		if (more) return;
		this.#message = undefined;
		this.#onMessage(message);
	}

	/** The connection is gone: half a message is none. */
	reset(): void {
		this.#message = undefined;
	}
}
