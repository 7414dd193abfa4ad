// SPDX-License-Identifier: MIT
import { cmac } from "@noble/ciphers/aes.js";
import { concat, equal, fromUnsigned } from "../../../lib/bytes.js";
import type { CommandApdu } from "../apdu.js";
import { StatusWordError, sw } from "../status.js";
import { blockLength, decryptCbc, encryptBlock, encryptCbc } from "./aes.js";
import { cryptogramLength, type SessionKeys } from "./derivation.js";

/**
 * How the counter goes on that the initialisation vectors are made of. `every command`: applets from 4.3 on, and
 * GlobalPlatform. `commands with data`: applets 3.x, where a response to a command without data takes the counter before
 * (NXP's `Se05x_API_SCP03_Decrypt` distinguishes the two by the applet's version).
 */
export type CounterRule = "every command" | "commands with data";

/** What a channel remembers from one command to the next. */
export interface ChannelState {
	keys: SessionKeys;
	/** MAC chaining value: the whole MAC of the last command, 16 bytes. */
	chaining: Uint8Array;
	counter: number;
}

const secureMessagingBit = 0x04;
const padding = 0x80;

/** The header and Lc as they crossed the wire, which the MAC covers. */
function protectedHeader({ cla, ins, p1, p2, data, extended }: CommandApdu): Uint8Array {
	const length = extended ? concat(Uint8Array.of(0), fromUnsigned(data.length, 2)) : Uint8Array.of(data.length);
	return concat(Uint8Array.of(cla, ins, p1, p2), length);
}

/** ISO/IEC 9797-1 padding method 2. */
function pad(data: Uint8Array): Uint8Array {
	const length = (Math.floor(data.length / blockLength) + 1) * blockLength;
	return concat(data, Uint8Array.of(padding), new Uint8Array(length - data.length - 1));
}

/** Throws 6988. */
function unpad(data: Uint8Array): Uint8Array {
	const end = data.lastIndexOf(padding);
	if (end < data.length - blockLength || data.subarray(end + 1).some(byte => byte !== 0))
		throw new StatusWordError(sw.secureMessagingIncorrect);
	return data.slice(0, end);
}

/** The MAC and the new chaining value in one: its first 8 bytes cross the wire. */
export const commandMac = (keys: SessionKeys, chaining: Uint8Array, bytes: Uint8Array): Uint8Array =>
	cmac(concat(chaining, bytes), keys.mac);

/** The card's end of an SCP03 channel at security level 33: C-MAC, C-DECRYPTION, R-MAC, R-ENCRYPTION. */
export class SecureChannel {
	readonly #rule: CounterRule;
	readonly #state: ChannelState;
	/** Counter of the initialisation vector of the response to the last command. */
	#responseCounter = 0;

	constructor(rule: CounterRule, state: ChannelState) {
		this.#rule = rule;
		this.#state = state;
	}

	get state(): ChannelState {
		return this.#state;
	}

	/** The command inside a protected one. Throws 6987, 6982 (its MAC is not right) or 6988: then the channel is lost. */
	unwrap(command: CommandApdu): CommandApdu {
		const { data } = command;
		if (data.length < cryptogramLength) throw new StatusWordError(sw.secureMessagingMissing);
		const encrypted = data.subarray(0, -cryptogramLength);
		const mac = commandMac(this.#state.keys, this.#state.chaining, concat(protectedHeader(command), encrypted));
		if (!equal(mac.subarray(0, cryptogramLength), data.subarray(-cryptogramLength)))
			throw new StatusWordError(sw.securityStatusNotSatisfied);
		if (encrypted.length % blockLength !== 0) throw new StatusWordError(sw.secureMessagingIncorrect);
		this.#state.chaining = mac;
		const plain =
			encrypted.length === 0
				? encrypted
				: unpad(decryptCbc(this.#state.keys.enc, this.#initialVector(0, this.#state.counter), encrypted));
		this.#advance(encrypted.length > 0);
		return { ...command, cla: command.cla & ~secureMessagingBit, data: plain };
	}

	/** The protected form of a response's data: encrypted data and MAC. Only responses with 9000 are protected. */
	wrap(data: Uint8Array): Uint8Array {
		const { keys, chaining } = this.#state;
		const encrypted =
			data.length === 0 ? data : encryptCbc(keys.enc, this.#initialVector(padding, this.#responseCounter), pad(data));
		const mac = cmac(concat(chaining, encrypted, fromUnsigned(sw.noError, 2)), keys.rmac);
		return concat(encrypted, mac.subarray(0, cryptogramLength));
	}

	#initialVector(first: number, counter: number): Uint8Array {
		return encryptBlock(
			this.#state.keys.enc,
			concat(Uint8Array.of(first), new Uint8Array(9), fromUnsigned(counter, 6)),
		);
	}

	#advance(hadData: boolean): void {
		const counts = this.#rule === "every command" || hadData;
		this.#responseCounter = counts ? this.#state.counter : this.#state.counter - 1;
		if (counts) this.#state.counter++;
	}
}
