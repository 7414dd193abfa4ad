// SPDX-License-Identifier: MIT
import { createCipheriv, createDecipheriv } from "node:crypto";
import { cmac } from "@noble/ciphers/aes.js";
import { bytes } from "./host.js";

const upper = (data: Uint8Array): string => Buffer.from(data).toString("hex").toUpperCase();

/** Static keys as hexadecimal digits. */
export interface HostKeys {
	enc: string;
	mac: string;
	dek: string;
}

/** The host's end of platform SCP03, written from the specification and not from the simulator. APDUs as hexadecimal digits. */
export class Scp03Host {
	readonly #transmit: (apdu: string) => string;
	readonly #keys: HostKeys;
	/** Applets 3.x count only commands with data. */
	readonly #countsAll: boolean;
	#enc: Buffer = Buffer.alloc(0);
	#mac: Buffer = Buffer.alloc(0);
	#rmac: Buffer = Buffer.alloc(0);
	#chaining: Buffer = Buffer.alloc(16);
	#counter = 1;

	constructor(transmit: (apdu: string) => string, keys: HostKeys, countsAll: boolean) {
		this.#transmit = transmit;
		this.#keys = keys;
		this.#countsAll = countsAll;
	}

	/** Opens a channel; the answers of both commands. */
	open(hostChallenge = "1112131415161718", keyVersion = "0B"): { update: string; authenticate: string } {
		const update = this.#transmit(`8050${keyVersion}0008${hostChallenge}00`);
		if (update.length !== 62) return { update, authenticate: "" };
		const context = bytes(hostChallenge + update.slice(26, 42));
		this.#enc = this.#derive(this.#keys.enc, 4, 128, context);
		this.#mac = this.#derive(this.#keys.mac, 6, 128, context);
		this.#rmac = this.#derive(this.#keys.mac, 7, 128, context);
		const body = bytes(`8482330010${upper(this.#derive(upper(this.#mac), 1, 64, context))}`);
		this.#chaining = this.#cmac(this.#mac, Buffer.alloc(16), body);
		this.#counter = 1;
		return { update, authenticate: this.#transmit(upper(Buffer.concat([body, this.#chaining.subarray(0, 8)]))) };
	}

	/** The protected form of a command in the clear: `header`, plain data, extended lengths with Le or short without. */
	protect(header: string, data = "", extended = false): string {
		let enc: Buffer = Buffer.alloc(0);
		if (data.length > 0) {
			const plain = bytes(`${data.replace(/\s/g, "")}80`);
			const padded = Buffer.concat([plain, Buffer.alloc((16 - (plain.length % 16)) % 16)]);
			enc = this.#cbc(true, this.#vector(0, this.#counter), padded);
		}
		const length = enc.length + 8;
		const lc = extended ? Buffer.of(0, length >> 8, length & 0xff) : Buffer.of(length);
		const protectedHeader = bytes(header);
		protectedHeader[0]! |= 4;
		const body = Buffer.concat([protectedHeader, lc, enc]);
		this.#chaining = this.#cmac(this.#mac, this.#chaining, body);
		return upper(Buffer.concat([body, this.#chaining.subarray(0, 8), Buffer.alloc(extended ? 2 : 0)]));
	}

	/** Sends a command through the channel; the plain answer with its status word. */
	send(header: string, data = "", extended = false): string {
		const answer = bytes(this.#transmit(this.protect(header, data, extended)));
		const counts = this.#countsAll || data.length > 0;
		const counter = counts ? this.#counter : this.#counter - 1;
		if (counts) this.#counter++;
		return answer.length === 2 ? upper(answer) : this.#unprotect(answer, counter);
	}

	#unprotect(answer: Buffer, counter: number): string {
		const enc = answer.subarray(0, -10);
		const mac = this.#cmac(this.#rmac, this.#chaining, Buffer.concat([enc, answer.subarray(-2)])).subarray(0, 8);
		if (!mac.equals(answer.subarray(-10, -2))) throw new Error("R-MAC");
		if (enc.length === 0) return upper(answer.subarray(-2));
		const plain = this.#cbc(false, this.#vector(0x80, counter), enc);
		return upper(Buffer.concat([plain.subarray(0, plain.lastIndexOf(0x80)), answer.subarray(-2)]));
	}

	#vector(first: number, counter: number): Buffer {
		const block = Buffer.alloc(16);
		block[0] = first;
		block.writeUInt32BE(counter, 12);
		const cipher = createCipheriv("aes-128-ecb", this.#enc, null).setAutoPadding(false);
		return Buffer.concat([cipher.update(block), cipher.final()]);
	}

	#cbc(encrypt: boolean, iv: Buffer, data: Buffer): Buffer {
		const cipher = (encrypt ? createCipheriv : createDecipheriv)("aes-128-cbc", this.#enc, iv);
		cipher.setAutoPadding(false);
		return Buffer.concat([cipher.update(data), cipher.final()]);
	}

	#cmac(key: Buffer, chaining: Buffer, data: Buffer): Buffer {
		return Buffer.from(cmac(Buffer.concat([chaining, data]), key));
	}

	#derive(key: string, constant: number, bits: number, context: Buffer): Buffer {
		const input = Buffer.concat([Buffer.alloc(11), Buffer.of(constant, 0, 0, bits, 1), context]);
		return Buffer.from(cmac(input, bytes(key))).subarray(0, bits / 8);
	}
}
