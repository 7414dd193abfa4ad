// SPDX-License-Identifier: MIT
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** A device that does not close a refused connection by then is cut off. */
const lingerMs = 5000;

/**
 * The way between a device's TCP connection and the TLS layer of this side. It lets everything through until a
 * verdict refuses the device: from then on nothing of the TLS layer leaves any more, and the last that the device
 * gets is the record of the refusal.
 *
 * Node reports that a handshake is done before the server's last flight is written (ChangeCipherSpec and Finished in
 * TLS 1.2, the session tickets in TLS 1.3), and has no way to refuse a client certificate inside of the handshake;
 * refusing here puts the alert where a server's own alert stands.
 */
export class Gate extends Duplex {
	readonly #socket: Socket;
	readonly #onSent: ((bytes: Buffer) => void) | undefined;
	#refused = false;

	/** @param onSent sees what the TLS layer sends */
	constructor(socket: Socket, onSent?: (bytes: Buffer) => void) {
		super();
		this.#socket = socket;
		this.#onSent = onSent;
		socket.on("data", (bytes: Buffer) => {
			if (!this.#refused && !this.push(bytes)) socket.pause();
		});
		socket.on("end", () => this.push(null));
		socket.on("error", error => this.destroy(error));
		socket.on("close", () => this.destroy());
	}

	/** Sends a record past the TLS layer, as the last one, and ends the connection. */
	refuse(record: Buffer): void {
		this.#refused = true;
		this.#socket.end(record);
		// What the device still sends is read and dropped: a reset would take the alert away from it.
		this.#socket.resume();
		setTimeout(() => this.#socket.destroy(), lingerMs).unref();
	}

	override _read(): void {
		this.#socket.resume();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
		if (this.#refused || this.#socket.destroyed) return done();
		this.#onSent?.(chunk);
		if (this.#socket.write(chunk)) done();
		else this.#socket.once("drain", done);
	}

	override _final(done: (error?: Error | null) => void): void {
		if (!this.#refused) this.#socket.end();
		done();
	}

	override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
		this.#socket.destroySoon();
		done(error);
	}
}
