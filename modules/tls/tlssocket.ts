// SPDX-License-Identifier: MIT
import Engine, { type EngineInfo, type EngineOptions, type SignatureScheme, State } from "./engine.js";
import TLSError from "./tls-error.js";

/** What a TLSSocket reports when its handshake is done. */
export interface SecureInfo extends EngineInfo {
	/** From the TCP connection to the end of the handshake, signature included. */
	handshakeMilliseconds: number;
	/** Spent in the key's `sign`; 0 if it was not asked. */
	signatureMilliseconds: number;
}

export interface Secure extends Omit<EngineOptions, "serverName"> {
	/** Default: `host`. */
	serverName?: string;
	/** The address is known: TCP begins to connect. */
	onConnecting?(): void;
	/** TCP is connected: the handshake begins. */
	onConnected?(): void;
	onSecured?(info: SecureInfo): void;
	/** Of each connection: what of these options is not used, see `Engine.warning`. */
	onWarning?(message: string): void;
	/** The reason, before `onError`: the SDK's MQTT client passes none on. */
	onFailure?(error: Error): void;
}

type Bytes = ArrayBuffer | Uint8Array | DataView;

/** What a TLSSocket needs of an ECMA-419 TCP socket. */
interface Tcp {
	read(byteLength: number): unknown;
	write(data: ArrayBuffer): unknown;
	close(): void;
}

export interface TLSSocketOptions {
	host?: string;
	address?: string;
	port: number;
	secure: Secure;
	/** ECMA-419's dependency injection: the TCP class, and further options for it. */
	TCP: { io: new (options: never) => Tcp };
	/** Bytes that can be read. Comes again only after all of them were read. */
	onReadable?(this: TLSSocket, bytes: number): void;
	/** Bytes that can be written. */
	onWritable?(this: TLSSocket, bytes: number): void;
	/** Once, when the connection failed or ended; the socket is closed. Not after `close`. */
	onError?(this: TLSSocket, error: Error): void;
	format?: "buffer" | "number";
	target?: unknown;
	[option: string]: unknown;
}

export interface WriteOptions {
	/** More of the same message follows: it goes out with that, in one record. */
	more?: boolean;
	/** Length of the whole message, if known at its first part. */
	byteLength?: number;
}

/** Most bytes that are read from TCP at a time: a read takes as much of the JavaScript heap, and a whole flight of the server's would be its peak. */
const pieceLength = 1_024;

/** TCP as its callbacks see it. */
interface Target {
	target: TLSSocket;
}

/** A key that counts the time its signatures take. */
class TimedKey {
	milliseconds = 0;
	readonly #key: NonNullable<Secure["key"]>;

	constructor(key: NonNullable<Secure["key"]>) {
		this.#key = key;
	}

	sign(hashName: string, digest: Uint8Array, scheme: SignatureScheme): Uint8Array {
		const start = Date.now();
		try {
			return this.#key.sign(hashName, digest, scheme);
		} finally {
			this.milliseconds += Date.now() - start;
		}
	}
}

function asBytes(data: Bytes | number): Uint8Array {
	if (data instanceof Uint8Array) return data;
	if (typeof data === "number") return Uint8Array.of(data);
	return ArrayBuffer.isView(data)
		? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
		: new Uint8Array(data);
}

/**
 * A TLS client socket after ECMA-419's IO class pattern, over any TCP socket of that pattern. Back-pressure goes through
 * it both ways: it reads TCP only while the application has read the last record, and what `onWritable` and `write`
 * promise fits into the TCP socket's own buffer, record overhead included.
 */
export default class TLSSocket {
	target: unknown;
	readonly #options: TLSSocketOptions;
	#format: "buffer" | "number" = "buffer";
	#key: TimedKey | undefined;
	#engine: Engine | undefined;
	#tcp: Tcp | undefined;
	#tcpReadable = 0;
	#tcpWritable = 0;
	#ended = false;
	/** When TCP was connected. */
	#start: number | undefined;
	#secured = false;
	/** Of a record, in addition to its plaintext; the handshake settles it. */
	#overhead = 0;
	/** Of the record that onReadable has announced, what was not read yet; 0: none is announced. */
	#readable = 0;
	/** What onWritable or write last promised. */
	#promised = 0;
	#resuming = false;
	/** Parts of a message that wait for its end. */
	#parts: Uint8Array[] = [];
	#partsLength = 0;

	/** @throws {TLSError} step "setup": an option that cannot be used, a clock that is not set, no memory */
	constructor(options: TLSSocketOptions) {
		this.#options = options;
		this.target = options.target;
		this.format = options.format ?? "buffer";
		const {
			secure,
			TCP: { io, ...rest },
			host,
			address,
			port,
		} = options;
		try {
			this.#key = secure.key && new TimedKey(secure.key);
			this.#engine = new Engine({
				...secure,
				...(this.#key && { key: this.#key }),
				serverName: secure.serverName ?? host ?? address ?? "",
			});
			if (this.#engine.warning !== undefined) secure.onWarning?.(this.#engine.warning);
			secure.onConnecting?.();
			this.#tcp = new io({
				nodelay: true,
				...rest,
				host,
				address,
				port,
				target: this,
				onReadable: TLSSocket.#onTcpReadable,
				onWritable: TLSSocket.#onTcpWritable,
				onError: TLSSocket.#onTcpError,
			} as never);
		} catch (error) {
			this.#engine?.close();
			this.#engine = undefined;
			secure.onFailure?.(error as Error);
			throw error;
		}
	}

	/* TCP's callbacks find their socket as ECMA-419's `target`: closures would take memory for each connection. */

	static #onTcpReadable(this: Target, bytes: number): void {
		const { target } = this;
		target.#tcpReadable = bytes;
		target.#progress();
	}

	static #onTcpWritable(this: Target, bytes: number): void {
		const { target } = this;
		target.#onConnected();
		target.#tcpWritable = bytes;
		target.#promised = 0; // TCP has sent something: onWritable comes even if there is no more room than before
		target.#progress();
	}

	static #onTcpError(this: Target, reason?: unknown): void {
		this.target.#onEnd(reason);
	}

	#onConnected(): void {
		if (this.#start !== undefined) return;
		this.#start = Date.now();
		this.#options.secure.onConnected?.();
	}

	/** Sends close_notify if TCP takes it, and closes. May be called twice, and from any callback. */
	close(): void {
		this.#engine?.notify();
		this.#release();
	}

	/**
	 * Reads what was announced: all of it, up to a count, or up to what a buffer takes (then returns how many bytes); in
	 * format "number" one byte. Returns undefined if there is nothing.
	 * @throws {RangeError} a count greater than what can be read
	 */
	read(count?: number | Bytes): ArrayBuffer | number | undefined {
		const engine = this.#engine;
		if (!engine || this.#readable === 0) return undefined;
		const result = this.#read(engine, count);
		if (this.#readable === 0) this.#resume();
		return result;
	}

	#read(engine: Engine, count: number | Bytes | undefined): ArrayBuffer | number {
		if (this.#format === "number") {
			const byte = new Uint8Array(1);
			this.#fill(engine, byte);
			return byte[0] as number;
		}
		if (typeof count === "object") return this.#fill(engine, count);
		if (count !== undefined && (count <= 0 || count > this.#readable))
			throw new RangeError(`TLS read: ${count} bytes were asked for, ${this.#readable} can be read`);
		const buffer = new ArrayBuffer(count ?? this.#readable);
		this.#fill(engine, buffer);
		return buffer;
	}

	#fill(engine: Engine, buffer: Bytes): number {
		const count = engine.read(buffer);
		this.#readable -= count;
		return count;
	}

	/**
	 * Writes bytes as one TLS record, together with what was written with `more` before. Returns how many bytes can be
	 * written next.
	 * @throws {Error} more than what `onWritable` or the last `write` allowed, or no connection
	 */
	write(data: Bytes | number, { more = false }: WriteOptions = {}): number {
		const bytes = asBytes(data);
		const engine = this.#engine;
		const writable = this.#writable;
		if (!engine || !this.#secured) throw new Error("TLS write: there is no connection");
		if (bytes.byteLength > writable)
			throw new Error(`TLS write: ${bytes.byteLength} bytes, but only ${writable} can be written`);
		if (more) {
			this.#parts.push(bytes.slice());
			this.#partsLength += bytes.byteLength;
		} else {
			this.#send(engine, this.#join(bytes));
		}
		return (this.#promised = this.#writable);
	}

	#send(engine: Engine, record: Uint8Array): void {
		if (record.byteLength > 0 && engine.write(record) < record.byteLength) this.#resume(); // the engine failed: report it, but not from inside `write`
		this.#flush(engine);
	}

	get format(): "buffer" | "number" {
		return this.#format;
	}

	set format(format: "buffer" | "number") {
		if (format !== "buffer" && format !== "number")
			throw new RangeError(`TLS format: "${format}" is neither "buffer" nor "number"`);
		this.#format = format;
	}

	/** Plaintext that TCP can take now as one record, in addition to the parts that wait for its end. */
	get #writable(): number {
		const engine = this.#engine;
		if (!engine) return 0;
		const room = Math.min(engine.writable, this.#tcpWritable - engine.pending - this.#overhead);
		return Math.max(0, room - this.#partsLength);
	}

	#join(last: Uint8Array): Uint8Array {
		if (this.#parts.length === 0) return last;
		const record = new Uint8Array(this.#partsLength + last.byteLength);
		let offset = 0;
		for (const part of [...this.#parts, last]) {
			record.set(part, offset);
			offset += part.byteLength;
		}
		this.#parts = [];
		this.#partsLength = 0;
		return record;
	}

	/** Moves ciphertext from the engine to TCP; whether any was moved. */
	#flush(engine: Engine): boolean {
		const count = Math.min(engine.pending, this.#tcpWritable);
		if (count === 0 || this.#tcp === undefined) return false;
		const buffer = new ArrayBuffer(count);
		engine.drain(buffer);
		this.#tcpWritable -= count;
		this.#tcp.write(buffer);
		return true;
	}

	/** Moves ciphertext from TCP to the engine, unless plaintext waits to be read; whether any was moved. */
	#feed(engine: Engine): boolean {
		const count = Math.min(engine.room, this.#tcpReadable, pieceLength);
		if (count === 0 || this.#tcp === undefined || engine.readable > 0) return false;
		this.#tcpReadable -= count;
		engine.feed(this.#tcp.read(count) as ArrayBuffer);
		return true;
	}

	/** Does all that can be done, then calls the application back; any callback may close the socket. */
	#progress(): void {
		const engine = this.#engine;
		if (!engine) return;
		let state, moved;
		do {
			state = engine.step();
			const flushed = this.#flush(engine);
			moved = this.#feed(engine) || flushed;
		} while (moved);
		if (this.#engine === undefined)
			// closed by the key
			return;
		if (!this.#secured && (state === State.open || state === State.peerClosed)) this.#secure(engine);
		if (this.#secured && state === State.open) this.#announce(engine);
		else if (state === State.failed) this.#fail(engine.failure as Error);
		else if (state === State.peerClosed)
			this.#fail(
				new TLSError({
					step: "reading",
					reason: "peer-closed",
					code: 0,
					message: "TLS reading: the server closed the connection (close_notify).",
				}),
			);
	}

	#secure(engine: Engine): void {
		this.#secured = true;
		this.#overhead = engine.overhead;
		this.#options.secure.onSecured?.({
			...engine.info,
			handshakeMilliseconds: Date.now() - (this.#start as number),
			signatureMilliseconds: this.#key?.milliseconds ?? 0,
		});
	}

	#announce(engine: Engine): void {
		const writable = this.#writable;
		if (writable > this.#promised) {
			this.#promised = writable;
			this.#options.onWritable?.call(this, writable);
		}
		if (this.#engine === undefined) return;
		if (this.#readable > 0) return;
		this.#readable = engine.readable;
		if (this.#readable > 0) this.#options.onReadable?.call(this, this.#readable);
	}

	/** Goes on, but not from inside `read` or `write`, whose caller may be parsing. */
	#resume(): void {
		if (this.#resuming) return;
		this.#resuming = true;
		Promise.resolve().then(() => {
			this.#resuming = false;
			this.#progress();
		});
	}

	/** TCP failed or ended, for a reason in words if it knows one. It has been read to its end then, but the engine may still hold records. */
	#onEnd(reason: unknown): void {
		const { host, address, port } = this.#options;
		const engine = this.#engine;
		if (!engine || this.#ended) return;
		this.#ended = true;
		this.#tcp?.close();
		this.#tcp = undefined;
		this.#tcpReadable = this.#tcpWritable = 0;
		if (this.#start === undefined) {
			const cause =
				typeof reason === "string"
					? `: ${reason}.`
					: ". Check the network, the endpoint's name and address, and that no firewall is between.";
			const message = `TCP connecting: no connection to ${host ?? address}, port ${port}${cause}`;
			this.#fail(new TLSError({ step: "connecting", reason: "tcp", code: 0, message }));
			return;
		}
		engine.end();
		this.#progress();
	}

	#fail(error: Error): void {
		const { secure, onError } = this.#options;
		this.#release();
		secure.onFailure?.(error);
		onError?.call(this, error);
	}

	#release(): void {
		const engine = this.#engine;
		const tcp = this.#tcp;
		if (!engine) return;
		this.#flush(engine);
		this.#engine = this.#tcp = undefined;
		this.#parts = [];
		this.#partsLength = 0;
		engine.close();
		tcp?.close();
	}
}
