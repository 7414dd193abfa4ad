// SPDX-License-Identifier: MIT
/**
 * What the session needs of the platform: the ECMA-419 MQTT client as the Moddable SDK has it
 * (`embedded:network/mqtt/client`; its typings are wrong about `onControl`) and its timer.
 */

/** MQTT 3.1.1 control packet types that the session handles (section 2.2.1). */
export const operations = Object.freeze({
	CONNACK: 2,
	PUBLISH: 3,
	PUBACK: 4,
	SUBSCRIBE: 8,
	SUBACK: 9,
	PINGRESP: 13,
	DISCONNECT: 14,
} as const);

export type QoS = 0 | 1;

export interface ControlMessage {
	operation: number;
	id?: number;
	/** CONNACK. */
	returnCode?: number;
	/** SUBACK: one byte a filter. */
	payload?: ArrayLike<number>;
}

export interface ReadableOptions {
	/** Present with the first piece of a message. */
	topic?: string;
	/** Whole length of the message, in bytes; present with the first piece. */
	byteLength?: number;
	QoS?: number;
	more: boolean;
}

export interface WriteOptions {
	operation?: number;
	id?: number;
	topic?: string;
	QoS?: QoS;
	retain?: boolean;
	duplicate?: boolean;
	byteLength?: number;
	items?: readonly { topic: string; QoS: QoS }[];
}

export interface Will {
	topic: string;
	message: string;
	QoS: QoS;
	retain: boolean;
}

export interface ClientOptions {
	host: string;
	port: number;
	id: string;
	clean: boolean;
	/** Milliseconds. */
	keepAlive: number;
	will?: Will;
	dns: object;
	socket: object;
	/** Becomes the client's own `target`; the client is `this` in its callbacks. */
	target: unknown;
	onReadable(count: number, options: ReadableOptions): void;
	onWritable(count: number): void;
	onControl(message: ControlMessage): void;
	/** The host's client says what only it knows; the SDK's says nothing. */
	onError(error?: Error): void;
}

export interface Client {
	/** Returns the number of bytes that may be written next. */
	write(data: ArrayBufferLike | Uint8Array | null, options?: WriteOptions): number;
	read(count: number): ArrayBuffer;
	close(): void;
}

export type ClientConstructor = new (options: ClientOptions) => Client;

/** The SDK's `timer` module, as far as it is used. */
export interface Timers<Handle = unknown> {
	set(callback: () => void, milliseconds?: number): Handle;
	clear(handle: Handle | undefined): void;
}
