// SPDX-License-Identifier: MIT
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { Socket } from "node:net";
import { ContentType, message, number, record } from "./wire.js";

/** One direction's protection of records. */
export interface Protection {
	/** The whole record. */
	seal(type: number, plaintext: Uint8Array): Buffer;
	/** Type and plaintext of a record's payload; throws if it is forged. */
	open(type: number, payload: Buffer): { type: number; plaintext: Buffer };
}

const tagLength = 16;

/** AES-128-GCM of TLS 1.2 (RFC 5288). */
export class Gcm12 implements Protection {
	#sequence = 0;

	constructor(
		readonly key: Buffer,
		readonly salt: Buffer,
	) {}

	#additional(type: number, length: number): Buffer {
		return Buffer.concat([
			number(4, 0),
			number(4, this.#sequence++),
			number(1, type),
			number(2, 0x0303),
			number(2, length),
		]);
	}

	seal(type: number, plaintext: Uint8Array): Buffer {
		const explicit = Buffer.concat([number(4, 0), number(4, this.#sequence)]);
		const cipher = createCipheriv("aes-128-gcm", this.key, Buffer.concat([this.salt, explicit]));
		cipher.setAAD(this.#additional(type, plaintext.length));
		return record(type, Buffer.concat([explicit, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
	}

	open(type: number, payload: Buffer): { type: number; plaintext: Buffer } {
		const decipher = createDecipheriv("aes-128-gcm", this.key, Buffer.concat([this.salt, payload.subarray(0, 8)]));
		decipher.setAAD(this.#additional(type, payload.length - 8 - tagLength));
		decipher.setAuthTag(payload.subarray(-tagLength));
		return { type, plaintext: Buffer.concat([decipher.update(payload.subarray(8, -tagLength)), decipher.final()]) };
	}
}

/** AES-128-GCM of TLS 1.3 (RFC 8446 section 5.2). */
export class Gcm13 implements Protection {
	#sequence = 0;

	constructor(
		readonly key: Buffer,
		readonly iv: Buffer,
	) {}

	#nonce(): Buffer {
		const nonce = Buffer.from(this.iv);
		nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
		return nonce;
	}

	seal(type: number, plaintext: Uint8Array): Buffer {
		return this.sealInner(Buffer.concat([plaintext, number(1, type)]));
	}

	/** Of a TLSInnerPlaintext that the caller has made. */
	sealInner(inner: Uint8Array): Buffer {
		const header = Buffer.concat([
			number(1, ContentType.applicationData),
			number(2, 0x0303),
			number(2, inner.length + tagLength),
		]);
		const cipher = createCipheriv("aes-128-gcm", this.key, this.#nonce());
		cipher.setAAD(header);
		return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
	}

	open(type: number, payload: Buffer): { type: number; plaintext: Buffer } {
		if (type !== ContentType.applicationData) return { type, plaintext: payload };
		const decipher = createDecipheriv("aes-128-gcm", this.key, this.#nonce());
		decipher.setAAD(Buffer.concat([number(1, type), number(2, 0x0303), number(2, payload.length)]));
		decipher.setAuthTag(payload.subarray(-tagLength));
		const inner = Buffer.concat([decipher.update(payload.subarray(0, -tagLength)), decipher.final()]);
		let end = inner.length - 1;
		while (inner[end] === 0) end--;
		return { type: inner[end] ?? 0, plaintext: inner.subarray(0, end) };
	}
}

/** The client sent an alert, or ended the connection. */
export class ClientGone extends Error {
	constructor(readonly alert: number | undefined) {
		super(alert === undefined ? "the client closed the connection" : `the client sent alert ${alert}`);
	}
}

/** A server's end of a connection: records, handshake messages and their transcript. */
export class Channel {
	reading: Protection | undefined;
	writing: Protection | undefined;
	/** Application data that the client has sent. */
	received = Buffer.alloc(0);
	readonly #socket: Socket;
	readonly #transcript: Buffer[] = [];
	#input = Buffer.alloc(0);
	#messages = Buffer.alloc(0);
	#ended = false;
	#wake: () => void = () => undefined;

	constructor(socket: Socket) {
		this.#socket = socket;
		const end = () => {
			this.#ended = true;
			this.#wake();
		};
		socket.on("data", data => {
			this.#input = Buffer.concat([this.#input, data]);
			this.#wake();
		});
		socket.on("end", end);
		socket.on("close", end);
		socket.on("error", end);
	}

	/** SHA-256 of the handshake messages so far. */
	transcriptHash(): Buffer {
		return createHash("sha256").update(this.transcript).digest();
	}

	get transcript(): Buffer {
		return Buffer.concat(this.#transcript);
	}

	note(bytes: Buffer): void {
		this.#transcript.push(bytes);
	}

	/** RFC 8446 section 4.4.1: after a HelloRetryRequest the first ClientHello counts as its hash. */
	noteRetry(): void {
		const hash = this.transcriptHash();
		this.#transcript.splice(0, this.#transcript.length, message(254, hash));
	}

	/** Bytes as they are. */
	raw(...bytes: Uint8Array[]): void {
		if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(bytes));
	}

	/** A record under the current protection. */
	record(type: number, payload: Uint8Array): Buffer {
		return this.writing?.seal(type, payload) ?? record(type, payload);
	}

	/** Handshake messages, a record each, which join the transcript. */
	send(...messages: Buffer[]): void {
		for (const each of messages) {
			this.note(each);
			this.raw(this.record(ContentType.handshake, each));
		}
	}

	/** Handshake messages in one stream, cut into records of `size` bytes. */
	sendInPieces(size: number, ...messages: Buffer[]): void {
		const stream = Buffer.concat(messages);
		messages.forEach(each => this.note(each));
		for (let at = 0; at < stream.length; at += size)
			this.raw(this.record(ContentType.handshake, stream.subarray(at, at + size)));
	}

	alert(level: number, description: number): void {
		this.raw(this.record(ContentType.alert, Uint8Array.of(level, description)));
	}

	changeCipherSpec(): void {
		this.raw(record(ContentType.changeCipherSpec, Uint8Array.of(1)));
	}

	/** Ends the server's side of TCP. */
	end(): void {
		this.#socket.end();
	}

	async #take(bytes: number): Promise<Buffer> {
		while (this.#input.length < bytes) {
			if (this.#ended) throw new ClientGone(undefined);
			await new Promise<void>(resolve => {
				this.#wake = resolve;
			});
		}
		const taken = this.#input.subarray(0, bytes);
		this.#input = this.#input.subarray(bytes);
		return taken;
	}

	/** The next record's type and plaintext. @throws {ClientGone} at an alert or the end */
	async readRecord(): Promise<{ type: number; plaintext: Buffer }> {
		const header = await this.#take(5);
		const payload = await this.#take(header.readUInt16BE(3));
		const type = header[0] ?? 0;
		const opened = this.reading?.open(type, payload) ?? { type, plaintext: payload };
		if (opened.type === ContentType.alert) throw new ClientGone(opened.plaintext[1]);
		if (opened.type === ContentType.applicationData) this.received = Buffer.concat([this.received, opened.plaintext]);
		return opened;
	}

	/** The body of the next handshake message, which must be of that type; joins the transcript. */
	async readMessage(type: number): Promise<Buffer> {
		while (this.#messages.length < 4 || this.#messages.length < 4 + this.#messages.readUIntBE(1, 3)) {
			const opened = await this.readRecord();
			if (opened.type === ContentType.handshake) this.#messages = Buffer.concat([this.#messages, opened.plaintext]);
			else if (opened.type !== ContentType.changeCipherSpec)
				throw new Error(`a handshake message was expected, and a record of type ${opened.type} came`);
		}
		const length = 4 + this.#messages.readUIntBE(1, 3);
		const bytes = this.#messages.subarray(0, length);
		this.#messages = this.#messages.subarray(length);
		if (bytes[0] !== type) throw new Error(`handshake message ${type} was expected, and ${bytes[0]} came`);
		this.note(bytes);
		return bytes.subarray(4);
	}

	/** Waits for ChangeCipherSpec. */
	async readChangeCipherSpec(): Promise<void> {
		const { type } = await this.readRecord();
		if (type !== ContentType.changeCipherSpec)
			throw new Error(`ChangeCipherSpec was expected, and a record of type ${type} came`);
	}

	/** Reads to the client's alert or the end of the connection; the alert. */
	async drain(): Promise<number | undefined> {
		try {
			for (;;) await this.readRecord();
		} catch (error) {
			if (error instanceof ClientGone) return error.alert;
			throw error;
		}
	}
}
