// SPDX-License-Identifier: MIT
import { cmac } from "@noble/ciphers/aes.js";
import { concat, fromUnsigned } from "../../../lib/bytes.js";

/** Length of a host or card challenge, a cryptogram and a MAC on the wire, in bytes (GlobalPlatform SCP03, 4 and 6). */
export const cryptogramLength = 8;

/** Static keys of a security domain, AES-128, 16 bytes each. */
export interface StaticKeys {
	enc: Uint8Array;
	mac: Uint8Array;
	dek: Uint8Array;
}

/** Keys of one session, 16 bytes each: encryption both ways, MAC of commands, MAC of responses. */
export interface SessionKeys {
	enc: Uint8Array;
	mac: Uint8Array;
	rmac: Uint8Array;
}

/** Derivation constants (GlobalPlatform SCP03, table 4-1). */
const derivationConstants = { cardCryptogram: 0x00, hostCryptogram: 0x01, enc: 0x04, mac: 0x06, rmac: 0x07 } as const;

/** The KDF in counter mode of SP 800-108 with AES-CMAC, for up to one block (GlobalPlatform SCP03, 4.1.5). */
function derive(key: Uint8Array, constant: number, length: number, context: Uint8Array): Uint8Array {
	const label = concat(new Uint8Array(11), Uint8Array.of(constant));
	const input = concat(label, Uint8Array.of(0), fromUnsigned(length * 8, 2), Uint8Array.of(1), context);
	return cmac(input, key).slice(0, length);
}

/** @param context host challenge, then card challenge */
export function deriveSessionKeys(keys: StaticKeys, context: Uint8Array): SessionKeys {
	return {
		enc: derive(keys.enc, derivationConstants.enc, 16, context),
		mac: derive(keys.mac, derivationConstants.mac, 16, context),
		rmac: derive(keys.mac, derivationConstants.rmac, 16, context),
	};
}

/** What proves to the host that the card has the keys. */
export const cardCryptogram = (keys: SessionKeys, context: Uint8Array): Uint8Array =>
	derive(keys.mac, derivationConstants.cardCryptogram, cryptogramLength, context);

/** What proves to the card that the host has the keys. */
export const hostCryptogram = (keys: SessionKeys, context: Uint8Array): Uint8Array =>
	derive(keys.mac, derivationConstants.hostCryptogram, cryptogramLength, context);
