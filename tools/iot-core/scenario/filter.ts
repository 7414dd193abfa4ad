// SPDX-License-Identifier: MIT
import { Duplex } from "node:stream";

import { type ObservedPacket, PacketSplitter } from "./packet.js";

/** Where a packet comes from. */
export type PacketSender = "device" | "server";

/** What becomes of a packet. */
export type PacketVerdict =
	| "pass"
	/** It never arrives. */
	| "withhold"
	/** It arrives, and the connection is cut right after. */
	| "pass and cut"
	/** Half of it arrives, and the connection is cut. */
	| "cut"
	/** A packet of the server arrives so many milliseconds late; those after it do not wait. */
	| { readonly late: number };

/** Judges the packets of one connection, in their order. */
export type PacketRule = (packet: ObservedPacket, from: PacketSender) => PacketVerdict;

/** A verdict in words, for the log. */
export function verdictText(verdict: PacketVerdict): string {
	return typeof verdict === "string" ? verdict : `${verdict.late} ms late`;
}

/** A packet that was judged. */
export interface Observation {
	/** Number of the connection, from 1. */
	connection: number;
	/** Milliseconds of a monotonic clock (`performance.now()`). */
	at: number;
	from: PacketSender;
	packet: ObservedPacket;
	verdict: PacketVerdict;
}

/** What a filter needs to know. */
export interface FilterOptions {
	connection: number;
	rule: PacketRule;
	observe(observation: Observation): void;
}

/** Stands between TLS and the MQTT broker of one connection, and passes on what its rule lets through, packet by packet. */
export class PacketFilter extends Duplex {
	readonly #outer: Duplex;
	readonly #options: FilterOptions;
	readonly #incoming = new PacketSplitter();
	readonly #outgoing = new PacketSplitter();
	readonly #late = new Set<NodeJS.Timeout>();
	#cut = false;

	/** @param outer the side of the device, decrypted */
	constructor(outer: Duplex, options: FilterOptions) {
		super();
		this.#outer = outer;
		this.#options = options;
		outer.on("data", (bytes: Buffer) => this.#receive(bytes));
		outer.on("end", () => this.push(null));
		outer.on("error", error => this.destroy(error));
		outer.on("close", () => this.destroy());
	}

	override _read(): void {
		this.#outer.resume();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
		const passed = this.#filter(this.#outgoing.push(chunk), "server");
		if (this.#outer.destroyed || passed.length === 0) this.#after(done);
		else this.#outer.write(passed, () => this.#after(done));
	}

	override _final(done: (error?: Error | null) => void): void {
		this.#outer.end();
		done();
	}

	override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
		for (const timer of this.#late) clearTimeout(timer);
		this.#outer.destroy();
		done(error);
	}

	#receive(bytes: Buffer): void {
		const passed = this.#filter(this.#incoming.push(bytes), "device");
		if (passed.length > 0 && !this.push(passed)) this.#outer.pause();
		if (this.#cut) this.#outer.destroy();
	}

	/** Ends a write; the cut comes when what goes before it has left. */
	#after(done: () => void): void {
		if (this.#cut) this.#outer.destroy();
		done();
	}

	/** The bytes that go on. */
	#filter(packets: ObservedPacket[], from: PacketSender): Buffer {
		return Buffer.concat(packets.map(packet => this.#judge(packet, from)));
	}

	#judge(packet: ObservedPacket, from: PacketSender): Buffer {
		if (this.#cut) return Buffer.alloc(0);
		const { connection, rule, observe } = this.#options;
		const verdict = rule(packet, from);
		this.#cut = verdict === "cut" || verdict === "pass and cut";
		observe({ connection, at: performance.now(), from, packet, verdict });
		if (typeof verdict === "object") {
			this.#sendLater(packet.bytes, verdict.late);
			return Buffer.alloc(0);
		}
		switch (verdict) {
			case "withhold":
				return Buffer.alloc(0);
			case "cut":
				return packet.bytes.subarray(0, packet.bytes.length >> 1);
			default:
				return packet.bytes;
		}
	}

	/** Sends a packet to the device later, unless the connection has ended by then. */
	#sendLater(bytes: Buffer, milliseconds: number): void {
		const timer = setTimeout(() => {
			this.#late.delete(timer);
			if (!this.#cut && this.#outer.writable) this.#outer.write(bytes);
		}, milliseconds);
		this.#late.add(timer);
	}
}
