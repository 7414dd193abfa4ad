// SPDX-License-Identifier: MIT
import type { PlatformTimers } from "./station.js";

/** What ECMA-419's UDP socket reads: a packet and where it came from. */
export type Packet = ArrayBuffer & { readonly address: string; readonly port: number };

export interface PacketSocket {
	read(): Packet | undefined;
	write(packet: ArrayBuffer, address: string, port: number): void;
	close(): void;
}

export interface SntpOptions<Timer> {
	/** ECMA-419's UDP socket. */
	io: new (options: {
		onReadable(count: number): void;
	}) => PacketSocket;
	/** Calls back with the address of a name, or undefined. */
	resolve(host: string, onResolved: (address: string | undefined) => void): void;
	/** Unpredictable bytes. */
	random(byteLength: number): Uint8Array;
	/** A monotonic clock, in milliseconds. */
	now(): number;
	timer: PlatformTimers<Timer>;
}

/** Seconds since 1970, or why there is no time, in a few words. */
export type TimeAnswer = number | string;

const ntpPort = 123;
const packetLength = 48;
/** Offsets in a packet (RFC 5905 section 7.3). */
const originate = 24;
const transmit = 40;
const timestampLength = 8;
/** Version 4, mode 3 (client). */
const clientHeader = 0x23;
const serverMode = 4;
const unsynchronized = 3;
/** Seconds from 1900 to 1970. */
const epoch = 2_208_988_800;
/** Milliseconds between two requests, and how many there are. */
const interval = 5_000;
const tries = 4;

/**
 * A time client (SNTPv4, RFC 4330 and RFC 5905) that believes only what answers its own request: the packet must come from the
 * address and the port that were asked, and repeat the 64 random bits that the request has as its transmit timestamp. Someone
 * who cannot read the request cannot answer it. Whoever is on the way can: SNTP is not authenticated (see Clock).
 */
export class Sntp<Timer> {
	readonly #options: SntpOptions<Timer>;

	constructor(options: SntpOptions<Timer>) {
		this.#options = options;
	}

	/** Asks a server; calls back once, and not from within. */
	ask(host: string, onAnswer: (answer: TimeAnswer) => void): void {
		const { resolve, timer } = this.#options;
		let isDone = false;
		const answer = (given: TimeAnswer) => {
			if (!isDone) onAnswer(given);
			isDone = true;
		};
		const limit = timer.set(() => answer("its name was not resolved in time"), tries * interval);
		resolve(host, address => {
			timer.clear(limit);
			if (isDone) return;
			if (address === undefined) timer.set(() => answer("its name was not resolved"), 0);
			else new Request(this.#options, address, answer);
		});
	}
}

/** One server that is asked, at an address. */
class Request<Timer> {
	readonly #options: SntpOptions<Timer>;
	readonly #address: string;
	readonly #onAnswer: (answer: TimeAnswer) => void;
	#socket: PacketSocket | undefined;
	#timer: Timer | undefined;
	#cookie: Uint8Array = new Uint8Array();
	#sentAt = 0;
	#tries = 0;

	constructor(options: SntpOptions<Timer>, address: string, onAnswer: (answer: TimeAnswer) => void) {
		this.#options = options;
		this.#address = address;
		this.#onAnswer = onAnswer;
		this.#timer = options.timer.set(() => this.#send(), 0);
	}

	#send(): void {
		const { io, random, now, timer } = this.#options;
		if (this.#tries++ >= tries) return this.#end("no answer that fits the question came");
		this.#timer = timer.set(() => this.#send(), interval);
		this.#cookie = random(timestampLength);
		this.#sentAt = now();
		const packet = new Uint8Array(packetLength);
		packet[0] = clientHeader;
		packet.set(this.#cookie, transmit);
		try {
			this.#socket ??= new io({ onReadable: count => this.#receive(count) });
			this.#socket.write(packet.buffer, this.#address, ntpPort);
		} catch {
			// no way out for the moment: the next try comes
		}
	}

	#receive(count: number): void {
		for (let index = 0; index < count; index += 1) {
			const packet = this.#socket?.read();
			if (packet === undefined) return;
			const answer = this.#isOurs(packet) ? timeOf(new DataView(packet)) : undefined;
			if (answer === undefined) continue;
			const delay = (this.#options.now() - this.#sentAt) / 2_000;
			return this.#end(typeof answer === "number" ? answer + delay : answer);
		}
	}

	#isOurs(packet: Packet): boolean {
		if (packet.byteLength < packetLength || packet.address !== this.#address || packet.port !== ntpPort) return false;
		const echoed = new Uint8Array(packet, originate, timestampLength);
		return this.#cookie.every((byte, index) => byte === echoed[index]);
	}

	#end(answer: TimeAnswer): void {
		if (this.#timer !== undefined) this.#options.timer.clear(this.#timer);
		this.#socket?.close();
		this.#socket = undefined;
		this.#onAnswer(answer);
	}
}

/** What an answer says: the time, a refusal in words, or undefined for what is no server's answer. */
function timeOf(packet: DataView): TimeAnswer | undefined {
	const header = packet.getUint8(0),
		stratum = packet.getUint8(1);
	if ((header & 7) !== serverMode) return undefined;
	if (stratum === 0) return "it refuses to answer (kiss-o'-death)";
	if (header >> 6 === unsynchronized || stratum > 15) return "it has no time itself (not synchronised)";
	const seconds = packet.getUint32(transmit),
		fraction = packet.getUint32(transmit + 4);
	if ((seconds === 0 && fraction === 0) || seconds === 0xffffffff) return "its timestamp is empty";
	// without the highest bit it is 2036 or later (RFC 4330 section 3)
	const since1900 = seconds >= 0x80000000 ? seconds : seconds + 2 ** 32;
	return since1900 - epoch + fraction / 2 ** 32;
}
