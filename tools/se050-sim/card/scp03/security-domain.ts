// SPDX-License-Identifier: MIT
import { concat, equal, fromHex } from "../../../lib/bytes.js";
import type { CommandApdu } from "../apdu.js";
import { StatusWordError, sw } from "../status.js";
import { blockLength, decryptBlock, encryptBlock } from "./aes.js";
import {
	cardCryptogram,
	cryptogramLength,
	deriveSessionKeys,
	hostCryptogram,
	type SessionKeys,
	type StaticKeys,
} from "./derivation.js";
import { type ChannelState, commandMac } from "./secure-channel.js";

/** Version number of the platform keys, and the one that GlobalPlatform takes for "any". */
const keyVersion = 0x0b;
const anyKeyVersion = 0x00;

/** C-MAC, C-DECRYPTION, R-MAC and R-ENCRYPTION: the one level that NXP's hosts use. */
const securityLevel = 0x33;

/** SCP03 without options: random challenges, so that INITIALIZE UPDATE has no sequence counter. */
const scpIdentifier = fromHex("03 00");

/** A key diversification as read from a part; what is in it is not published. */
const keyDiversification = fromHex("90032019073824202502");

/** PUT KEY of three AES-128 keys: GlobalPlatform card specification, 11.8, and SCP03, 7.2. */
const aesKeyType = 0x88;
const multipleKeysFromFirst = 0x81;
const checkValueLength = 3;

/** What a security domain needs to know of its chip. */
export interface SecurityDomainOptions {
	keys: StaticKeys;
	/** Whether another key version in INITIALIZE UPDATE is refused immediately (applets 3.x) or fails later (7.x). */
	refusesUnknownVersion: boolean;
	random(length: number): Uint8Array;
	/** Keeps keys that PUT KEY changed. */
	onKeys(keys: StaticKeys): void;
}

interface Handshake {
	keys: SessionKeys;
	context: Uint8Array;
	dek: Uint8Array;
}

/** The first bytes of a block of ones under a key (GlobalPlatform, B.6, for AES). */
const keyCheckValue = (key: Uint8Array): Uint8Array =>
	encryptBlock(key, new Uint8Array(blockLength).fill(1)).slice(0, checkValueLength);

/** The security domain of the platform: opens SCP03 channels and takes new keys. Every method throws StatusError. */
export class CardSecurityDomain {
	readonly #options: SecurityDomainOptions;
	#keys: StaticKeys;
	#handshake: Handshake | undefined;
	/** The data encryption key of the channel that is open: PUT KEY in it does not change what encrypts the next keys. */
	#dek: Uint8Array;

	constructor(options: SecurityDomainOptions) {
		this.#options = options;
		this.#keys = options.keys;
		this.#dek = options.keys.dek;
	}

	/** Forgets a handshake that was begun. */
	reset(): void {
		this.#handshake = undefined;
	}

	/** INITIALIZE UPDATE: 10 bytes key diversification, key version, 03, options, challenge (8), cryptogram (8). */
	initializeUpdate({ p1, p2, data }: CommandApdu): Uint8Array {
		const known = p1 === keyVersion || p1 === anyKeyVersion;
		if (p2 !== 0x00) throw new StatusWordError(sw.incorrectP1P2);
		if (data.length !== cryptogramLength) throw new StatusWordError(sw.wrongLength);
		if (!known && this.#options.refusesUnknownVersion) throw new StatusWordError(sw.referencedDataNotFound);
		const challenge = this.#options.random(cryptogramLength);
		const context = concat(data, challenge);
		const secrets = known ? this.#keys : this.#unknownKeys();
		const keys = deriveSessionKeys(secrets, context);
		this.#handshake = { keys, context, dek: secrets.dek };
		const version = p1 === anyKeyVersion ? keyVersion : p1;
		return concat(keyDiversification, Uint8Array.of(version), scpIdentifier, challenge, cardCryptogram(keys, context));
	}

	/** EXTERNAL AUTHENTICATE: the state of the channel that it opens. 6982 for a wrong MAC, 6300 for a wrong cryptogram. */
	externalAuthenticate({ cla, ins, p1, p2, data }: CommandApdu): ChannelState {
		const handshake = this.#handshake;
		this.#handshake = undefined;
		if (!handshake) throw new StatusWordError(sw.conditionsNotSatisfied);
		if (p1 !== securityLevel || p2 !== 0x00) throw new StatusWordError(sw.incorrectP1P2);
		if (data.length !== 2 * cryptogramLength) throw new StatusWordError(sw.wrongLength);
		const { keys, context, dek } = handshake;
		const cryptogram = data.subarray(0, cryptogramLength);
		const header = Uint8Array.of(cla, ins, p1, p2, data.length);
		const mac = commandMac(keys, new Uint8Array(blockLength), concat(header, cryptogram));
		if (!equal(mac.subarray(0, cryptogramLength), data.subarray(cryptogramLength)))
			throw new StatusWordError(sw.securityStatusNotSatisfied);
		if (!equal(cryptogram, hostCryptogram(keys, context))) throw new StatusWordError(sw.authenticationFailed);
		this.#dek = dek;
		return { keys, chaining: mac, counter: 1 };
	}

	/**
	 * PUT KEY: replaces the three keys of version 0B. Data: version, then for each key 88, length 11, 10, the key under
	 * the data encryption key, length 03, check value. Answers the version and the three check values.
	 */
	putKeys({ p1, p2, data }: CommandApdu): Uint8Array {
		if (p1 !== keyVersion || p2 !== multipleKeysFromFirst) throw new StatusWordError(sw.incorrectP1P2);
		const fieldLength = 3 + blockLength + 1 + checkValueLength;
		if (data[0] !== keyVersion || data.length !== 1 + 3 * fieldLength) throw new StatusWordError(sw.wrongData);
		const field = (index: number): Uint8Array =>
			this.#newKey(data.subarray(1 + index * fieldLength, 1 + (index + 1) * fieldLength));
		const keys = { enc: field(0), mac: field(1), dek: field(2) };
		this.#keys = keys;
		this.#options.onKeys(keys);
		return concat(Uint8Array.of(keyVersion), keyCheckValue(keys.enc), keyCheckValue(keys.mac), keyCheckValue(keys.dek));
	}

	#newKey(field: Uint8Array): Uint8Array {
		const prefix = Uint8Array.of(aesKeyType, blockLength + 1, blockLength);
		const key = decryptBlock(this.#dek, field.subarray(3, 3 + blockLength));
		const checked = concat(
			prefix,
			field.subarray(3, 3 + blockLength),
			Uint8Array.of(checkValueLength),
			keyCheckValue(key),
		);
		if (!equal(field, checked)) throw new StatusWordError(sw.wrongData);
		return key;
	}

	/** Keys that nobody has: what is begun with them cannot be finished. */
	#unknownKeys(): StaticKeys {
		return { enc: this.#options.random(16), mac: this.#options.random(16), dek: this.#options.random(16) };
	}
}
