// SPDX-License-Identifier: MIT
/** What the MQTT client asks of where it runs; the SDK's modules `timer` and `time` have these shapes. */

export interface Timer {
	/** One call, after `milliseconds` (default 0), never before this one returns. */
	set(callback: () => void, milliseconds?: number): unknown;
	/** A call every `milliseconds`. */
	repeat(callback: () => void, milliseconds: number): unknown;
	/** Takes undefined, too. */
	clear(timer: unknown): void;
}

export interface Time {
	/** A monotonic clock, in milliseconds. */
	readonly ticks: number;
	delta(start: number, end: number): number;
}

export interface Platform {
	timer: Timer;
	time: Time;
	/** UTF-8, from a string. */
	encode(text: string): ArrayBufferLike;
	/** UTF-8 to a string; throws for bytes that are not UTF-8. */
	decode(bytes: ArrayBuffer): string;
	trace(text: string): void;
}

/** The part of ECMA-419's TCP socket that is used. */
export interface Socket {
	format: string;
	/** Fills the buffer, which is never larger than what is readable. */
	read(buffer: ArrayBufferLike | ArrayBufferView): unknown;
	read(byteLength: number): ArrayBuffer;
	/** Returns the number of bytes that may be written next. */
	write(data: Uint8Array): number;
	close(): void;
}

export interface SocketOptions {
	address: string;
	host: string;
	port: number;
	/** `count` bytes may be read. */
	onReadable(count: number): void;
	/** `count` bytes may be written. */
	onWritable(count: number): void;
	/** The connection has failed, or was closed by the other end, and everything that came was read. */
	onError(error?: unknown): void;
}

export interface Resolver {
	resolve(request: {
		host: string;
		onResolved(host: string, address: string): void;
		onError(host?: string, reason?: string): void;
	}): void;
}
