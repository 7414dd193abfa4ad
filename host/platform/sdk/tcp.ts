// SPDX-License-Identifier: MIT
/**
 * Stand-in of the SDK's `embedded:io/socket/tcp` (ECMA-419 TCP class pattern), with the ESP32's buffer sizes, so that
 * back-pressure shows here as it does there. `address` is a literal IPv4 or IPv6 address: see the resolver.
 */
export interface TCPOptions {
	address?: string;
	port?: number;
	/** Takes over another instance's connection; that one is closed. */
	from?: TCP;
	nodelay?: boolean;
	format?: "number" | "buffer";
	target?: unknown;
	onReadable?: (this: TCP, bytes: number) => void;
	onWritable?: (this: TCP, bytes: number) => void;
	/** The connection failed or ended; comes after the last byte was read. `reason` is why, in words; the SDK's gives none. */
	onError?: (this: TCP, reason?: string) => void;
}

class TCP extends Native("xs_tcp_destructor") {
	target?: unknown;

	constructor(options: TCPOptions) {
		super();
		native("xs_tcp_constructor").call(this, options);
		if (options.target !== undefined) this.target = options.target;
	}
	/** Bytes that were written are still sent. Harmless on a closed instance. */
	close(): void {
		native("xs_tcp_close").call(this);
	}
	/**
	 * Up to now received bytes: all, a count, or as many as a buffer takes; undefined when there are none. In format
	 * "number", one byte. Throws when fewer were received than asked for.
	 */
	read(bytes?: number | ArrayBuffer | Uint8Array): ArrayBuffer | number | undefined {
		return native("xs_tcp_read").call(this, bytes) as ArrayBuffer | number | undefined;
	}
	/** Returns how many bytes may be written next. Throws before the connection is made, and when data exceeds that count. */
	write(data: ArrayBuffer | Uint8Array | number): number | undefined {
		return native("xs_tcp_write").call(this, data) as number | undefined;
	}
	get remoteAddress(): string {
		return native("xs_tcp_get_remoteAddress").call(this) as string;
	}
	get remotePort(): number {
		return native("xs_tcp_get_remotePort").call(this) as number;
	}
	get format(): "number" | "buffer" {
		return native("xs_tcp_get_format").call(this) as "number" | "buffer";
	}
	set format(format: "number" | "buffer") {
		native("xs_tcp_set_format").call(this, format);
	}
}

export default TCP;
