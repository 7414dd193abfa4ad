import type { CommandApdu } from "../apdu.js";
import { concat, equal, fromHex } from "../../../lib/bytes.js";
import { SW, StatusError } from "../status.js";
import { BLOCK_LENGTH, decryptBlock, encryptBlock } from "./aes.js";
import { CRYPTOGRAM_LENGTH, type SessionKeys, type StaticKeys, cardCryptogram, deriveSessionKeys, hostCryptogram } from "./derivation.js";
import { type ChannelState, commandMac } from "./secure-channel.js";

/** Version number of the platform keys, and the one that GlobalPlatform takes for "any". */
const KEY_VERSION = 0x0B;
const ANY_KEY_VERSION = 0x00;

/** C-MAC, C-DECRYPTION, R-MAC and R-ENCRYPTION: the one level that NXP's hosts use. */
const SECURITY_LEVEL = 0x33;

/** SCP03 without options: random challenges, so that INITIALIZE UPDATE has no sequence counter. */
const SCP_IDENTIFIER = fromHex("03 00");

/** A key diversification as read from a part; what is in it is not published. */
const KEY_DIVERSIFICATION = fromHex("90032019073824202502");

/** PUT KEY of three AES-128 keys: GlobalPlatform card specification, 11.8, and SCP03, 7.2. */
const AES_KEY_TYPE = 0x88;
const MULTIPLE_KEYS_FROM_FIRST = 0x81;
const CHECK_VALUE_LENGTH = 3;

/** What a security domain needs to know of its chip. */
export interface SecurityDomainOptions {
	keys: StaticKeys;
	/** Whether another key version in INITIALIZE UPDATE is refused at once (applets 3.x) or fails later (7.x). */
	refusesUnknownVersion: boolean;
	random(length: number): Uint8Array;
	/** Keeps keys that PUT KEY changed. */
	onKeys(keys: StaticKeys): void;
}

interface Handshake { keys: SessionKeys; context: Uint8Array; dek: Uint8Array }

/** The first bytes of a block of ones under a key (GlobalPlatform, B.6, for AES). */
const keyCheckValue = (key: Uint8Array): Uint8Array => encryptBlock(key, new Uint8Array(BLOCK_LENGTH).fill(1)).slice(0, CHECK_VALUE_LENGTH);

/** The security domain of the platform: opens SCP03 channels and takes new keys. Every method throws StatusError. */
export class SecurityDomain {
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
		const known = p1 === KEY_VERSION || p1 === ANY_KEY_VERSION;
		if (p2 !== 0x00)
			throw new StatusError(SW.incorrectP1P2);
		if (data.length !== CRYPTOGRAM_LENGTH)
			throw new StatusError(SW.wrongLength);
		if (!known && this.#options.refusesUnknownVersion)
			throw new StatusError(SW.referencedDataNotFound);
		const challenge = this.#options.random(CRYPTOGRAM_LENGTH);
		const context = concat(data, challenge);
		const secrets = known ? this.#keys : this.#unknownKeys();
		const keys = deriveSessionKeys(secrets, context);
		this.#handshake = { keys, context, dek: secrets.dek };
		const version = p1 === ANY_KEY_VERSION ? KEY_VERSION : p1;
		return concat(KEY_DIVERSIFICATION, Uint8Array.of(version), SCP_IDENTIFIER, challenge, cardCryptogram(keys, context));
	}

	/** EXTERNAL AUTHENTICATE: the state of the channel that it opens. 6982 for a wrong MAC, 6300 for a wrong cryptogram. */
	externalAuthenticate({ cla, ins, p1, p2, data }: CommandApdu): ChannelState {
		const handshake = this.#handshake;
		this.#handshake = undefined;
		if (!handshake)
			throw new StatusError(SW.conditionsNotSatisfied);
		if (p1 !== SECURITY_LEVEL || p2 !== 0x00)
			throw new StatusError(SW.incorrectP1P2);
		if (data.length !== 2 * CRYPTOGRAM_LENGTH)
			throw new StatusError(SW.wrongLength);
		const { keys, context, dek } = handshake;
		const cryptogram = data.subarray(0, CRYPTOGRAM_LENGTH);
		const header = Uint8Array.of(cla, ins, p1, p2, data.length);
		const mac = commandMac(keys, new Uint8Array(BLOCK_LENGTH), concat(header, cryptogram));
		if (!equal(mac.subarray(0, CRYPTOGRAM_LENGTH), data.subarray(CRYPTOGRAM_LENGTH)))
			throw new StatusError(SW.securityStatusNotSatisfied);
		if (!equal(cryptogram, hostCryptogram(keys, context)))
			throw new StatusError(SW.authenticationFailed);
		this.#dek = dek;
		return { keys, chaining: mac, counter: 1 };
	}

	/**
	 * PUT KEY: replaces the three keys of version 0B. Data: version, then for each key 88, length 11, 10, the key under
	 * the data encryption key, length 03, check value. Answers the version and the three check values.
	 */
	putKeys({ p1, p2, data }: CommandApdu): Uint8Array {
		if (p1 !== KEY_VERSION || p2 !== MULTIPLE_KEYS_FROM_FIRST)
			throw new StatusError(SW.incorrectP1P2);
		const fieldLength = 3 + BLOCK_LENGTH + 1 + CHECK_VALUE_LENGTH;
		if (data[0] !== KEY_VERSION || data.length !== 1 + 3 * fieldLength)
			throw new StatusError(SW.wrongData);
		const field = (index: number): Uint8Array => this.#newKey(data.subarray(1 + index * fieldLength, 1 + (index + 1) * fieldLength));
		const keys = { enc: field(0), mac: field(1), dek: field(2) };
		this.#keys = keys;
		this.#options.onKeys(keys);
		return concat(Uint8Array.of(KEY_VERSION), keyCheckValue(keys.enc), keyCheckValue(keys.mac), keyCheckValue(keys.dek));
	}

	#newKey(field: Uint8Array): Uint8Array {
		const prefix = Uint8Array.of(AES_KEY_TYPE, BLOCK_LENGTH + 1, BLOCK_LENGTH);
		const key = decryptBlock(this.#dek, field.subarray(3, 3 + BLOCK_LENGTH));
		const checked = concat(prefix, field.subarray(3, 3 + BLOCK_LENGTH), Uint8Array.of(CHECK_VALUE_LENGTH), keyCheckValue(key));
		if (!equal(field, checked))
			throw new StatusError(SW.wrongData);
		return key;
	}

	/** Keys that nobody has: what is begun with them cannot be finished. */
	#unknownKeys(): StaticKeys {
		return { enc: this.#options.random(16), mac: this.#options.random(16), dek: this.#options.random(16) };
	}
}
