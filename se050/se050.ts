// SPDX-License-Identifier: MIT
import { checkDigest, ecdsaWith, type SignatureScheme } from "./algorithms.js";
import { commands, tags } from "./apdu.js";
import { Applet, idTlv, type Transceiver } from "./applet.js";
import { concatenate, hex, u16 } from "./bytes.js";
import { certificatesIn } from "./chain.js";
import { DerError, trimSequence } from "./der.js";
import { canBeRead, canSignEcdsa, canSignRsa, objects, uniqueIdLength } from "./objects.js";
import { encodePkcs1, encodePss, hashParameters } from "./rsa.js";
import type { Scp03Option } from "./scp03.js";
import { StatusError } from "./status.js";
import { encodeTlv, TlvError } from "./tlv.js";
import type { Version } from "./version.js";

export type { SignatureScheme, Transceiver, Version };

export interface ChipOptions {
	/** Platform SCP03: with which keys. Without it commands and responses cross the bus as they are. */
	scp03?: Scp03Option | undefined;
	/**
	 * The host's hashes, for RSASSA-PSS: the digest by a hash of that name ("SHA-256"), undefined for one that it has not.
	 * Then, or without it, the chip hashes, for one command a digest: 8 with an RSA key of 2048 bits and SHA-256.
	 */
	hash?: ((hashName: string, bytes: Uint8Array) => Uint8Array | undefined) | undefined;
}

/** A private key in the chip, as a TLS client uses it. */
export interface ChipKey {
	/**
	 * @param hashName "SHA-256" and the like: what `digest` was made with
	 * @param scheme "ECDSA" by default
	 * @returns DER ECDSA-Sig-Value; of an RSA key the signature as it is, big-endian, as long as the modulus
	 */
	sign(hashName: string, digest: Uint8Array, scheme?: SignatureScheme): Uint8Array;
}

function u16Tlv(tag: number, value: number): Uint8Array {
	return encodeTlv(tag, u16(value));
}

/** RSAEncryptionAlgo (AN12413): no padding. */
const rsaNoPadding = 0x0c;

/** One SE050, over anything that carries APDUs. Ids are listed in objects.ts. */
export class SE050 {
	/** What the chip's commands go through; for those that are not here. */
	readonly applet: Applet;
	readonly #hash: ChipOptions["hash"];

	/** @throws {TypeError} the link has no secure channel, which the options ask for */
	constructor(link: Transceiver, { scp03, hash }: ChipOptions = {}) {
		this.applet = new Applet(link, scp03);
		this.#hash = hash;
	}

	/**
	 * Resets the link, selects the applet, opens the secure channel if there is to be one, and returns the applet's version.
	 * The other methods do it when it was not done or when the chip lost it, and then repeat their command once.
	 * @throws {LinkError} no chip, no way to talk to it, or other SCP03 keys in it
	 * @throws {StatusError} no such applet, or SCP03 refused
	 */
	select(): Version {
		return this.applet.select();
	}

	/** The chip's unique id, 18 bytes. */
	uid(): Uint8Array {
		const uid = this.applet.value(commands.readShortObject, idTlv(objects.uniqueId));
		if (uid.length !== uniqueIdLength)
			throw new TlvError(`SE050 ReadObject: a unique id of ${uid.length} bytes instead of ${uniqueIdLength}`);
		return uid.slice();
	}

	exists(id: number): boolean {
		return this.applet.exists(id);
	}

	/** Size of an object in bytes: of a file as it was created, of a key its modulus' or curve's. */
	size(id: number): number {
		return this.applet.explaining(id, "a readable object", canBeRead, () => this.#size(id));
	}

	/**
	 * All of an object: a file's bytes, an EC key pair's public key (04, X, Y). One command for what one response can carry,
	 * three for what two can, and only for a longer one its size and the parts.
	 * @throws {MissingObjectError | WrongTypeError | StatusError | LinkError}
	 */
	read(id: number): Uint8Array {
		return this.applet.explaining(id, "a readable object", canBeRead, () => this.#read(id));
	}

	/**
	 * The X.509 certificates of an object, DER, concatenated: the device's own, then the one that has issued it, and so on.
	 * They may stand there as DER or PEM, in any order, in a file that is longer.
	 * @throws {DerError} the object holds something else, or half of a certificate
	 */
	chain(id: number = objects.cloudCertificate0): Uint8Array {
		const file = this.read(id);
		try {
			return concatenate(...certificatesIn(file));
		} catch (error) {
			if (!(error instanceof DerError)) throw error;
			throw new DerError(
				`object ${hex(id, 8)} (${file.length} bytes) holds no certificate: ${error.message}. Write the certificate of the key there, or name the object that holds it.`,
			);
		}
	}

	/** The device's own certificate alone, the first of its chain, DER. @throws {DerError} as chain() */
	certificate(id: number = objects.cloudCertificate0): Uint8Array {
		return trimSequence(this.chain(id));
	}

	/**
	 * Signs a digest with an EC key in the chip.
	 * @param algorithm a number of `ecdsa` in algorithms.ts, 0x21 for SHA-256
	 * @returns DER ECDSA-Sig-Value (RFC 3279, 2.2.3); s is not normalised
	 * @throws {RangeError} the digest's length does not go with the algorithm; nothing was sent
	 */
	sign(id: number, algorithm: number, digest: Uint8Array): Uint8Array {
		checkDigest(algorithm, digest);
		const data = concatenate(
			idTlv(id),
			encodeTlv(tags.second, Uint8Array.of(algorithm)),
			encodeTlv(tags.third, digest),
		);
		return this.applet.explaining(id, "an EC key pair", canSignEcdsa, () =>
			trimSequence(this.applet.value(commands.ecdsaSign, data)),
		);
	}

	/**
	 * Signs a digest with an RSA key in the chip: the size of the key, for PSS a salt of the chip's random numbers, and the
	 * private operation on what the host encoded. The key's policy must allow decryption; those of the factory do.
	 * @returns the signature, big-endian, as long as the modulus
	 * @throws {RangeError} hash, digest and key do not go together
	 */
	signRsa(id: number, scheme: Exclude<SignatureScheme, "ECDSA">, hashName: string, digest: Uint8Array): Uint8Array {
		return this.applet.explaining(id, "an RSA key pair", canSignRsa, () => {
			const length = this.#size(id);
			const encoded =
				scheme === "RSASSA-PSS" ? this.#encodePss(hashName, digest, length) : encodePkcs1(hashName, digest, length);
			const data = concatenate(
				idTlv(id),
				encodeTlv(tags.second, Uint8Array.of(rsaNoPadding)),
				encodeTlv(tags.third, encoded),
			);
			return this.applet.exactly(length, commands.rsaDecrypt, data).slice();
		});
	}

	/** Bytes of the chip's true random number generator. */
	random(byteLength: number): Uint8Array {
		if (!Number.isInteger(byteLength) || byteLength < 0) throw new RangeError(`${byteLength} is not a number of bytes`);
		const random = new Uint8Array(byteLength);
		const most = this.applet.responseDataMax;
		for (let offset = 0; offset < byteLength; offset += most) {
			const length = Math.min(most, byteLength - offset);
			random.set(this.applet.exactly(length, commands.getRandom, u16Tlv(tags.first, length)), offset);
		}
		return random;
	}

	/** A key pair for TLS: it signs, and stays in the chip. */
	key(id: number = objects.cloudKey0): ChipKey {
		return {
			sign: (hashName, digest, scheme = "ECDSA") =>
				scheme === "ECDSA" ? this.sign(id, ecdsaWith(hashName).id, digest) : this.signRsa(id, scheme, hashName, digest),
		};
	}

	#encodePss(hashName: string, digest: Uint8Array, length: number): Uint8Array {
		const { mode, length: digestLength } = hashParameters(hashName);
		const hash = (bytes: Uint8Array) => this.#hash?.(hashName, bytes) ?? this.#digest(mode, digestLength, bytes);
		return encodePss(hashName, digest, length, this.random(digestLength), hash);
	}

	#digest(mode: number, length: number, bytes: Uint8Array): Uint8Array {
		return this.applet.exactly(
			length,
			commands.digestOneShot,
			concatenate(encodeTlv(tags.first, Uint8Array.of(mode)), encodeTlv(tags.second, bytes)),
		);
	}

	#size(id: number): number {
		return this.applet.value(commands.readSize, idTlv(id)).reduce((size, byte) => (size << 8) | byte, 0);
	}

	#read(id: number): Uint8Array {
		try {
			return this.applet.value(commands.readObject, idTlv(id)).slice();
		} catch (error) {
			const beginning =
				error instanceof StatusError
					? this.#unlessRefused(() => this.#part(id, 0, this.applet.wholeBlocksMax))
					: undefined;
			if (beginning === undefined) throw error;
			return this.#readOn(id, beginning);
		}
	}

	/** What an action returns; undefined when the chip refuses. */
	#unlessRefused<Result>(action: () => Result): Result | undefined {
		try {
			return action();
		} catch (error) {
			if (error instanceof StatusError) return undefined;
			throw error;
		}
	}

	/** What follows the beginning of a file: all of it, if one response carries that, or else part by part. */
	#readOn(id: number, beginning: Uint8Array): Uint8Array {
		const { length } = beginning;
		const rest = this.#unlessRefused(() =>
			this.applet.value(commands.readObject, concatenate(idTlv(id), u16Tlv(tags.second, length))),
		);
		if (rest !== undefined) return concatenate(beginning, rest);
		const whole = new Uint8Array(this.#size(id));
		const most = this.applet.responseDataMax;
		whole.set(beginning);
		for (let offset = length; offset < whole.length; offset += most)
			whole.set(this.#part(id, offset, Math.min(most, whole.length - offset)), offset);
		return whole;
	}

	#part(id: number, offset: number, length: number): Uint8Array {
		const where = offset > 0 ? u16Tlv(tags.second, offset) : new Uint8Array();
		const data = concatenate(idTlv(id), where, u16Tlv(tags.third, length));
		return this.applet.exactly(length, commands.readObject, data).slice();
	}
}
