import { checkDigest, ecdsaWith } from "./algorithms.js";
import { appletAid, commands, decodeResponse, encodeCommand, tags, type Command } from "./apdu.js";
import { concatenate, hex, u16, u32 } from "./bytes.js";
import { DerError, trimSequence } from "./der.js";
import { decodeOef } from "./identify.js";
import { LinkError } from "./linkerror.js";
import { canBeRead, canSignEcdsa, objects, uniqueIdLength } from "./objects.js";
import { factoryKeysOf, withChannelKeys, type ChannelCounting, type ChannelKeys, type PlatformKeys, type Scp03Option } from "./scp03.js";
import { MissingObjectError, StatusError, success, WrongTypeError } from "./status.js";
import { decodeTlvs, encodeTlv, TlvError, valueOf } from "./tlv.js";
import { channelCountingOf, decodeVersion, responseDataMax, type Version } from "./version.js";

export type { Version };

/** What carries APDUs to the chip: `Link`, or whatever stands for it in a test. */
export interface Transceiver {
	/** One command APDU out, its response in, status word included. */
	transceive(apdu: Uint8Array): ArrayBuffer;
	/** Makes the transceiver usable after a failure; the chip then has no applet selected. */
	reset?(): unknown;
	/** Opens a secure channel to the selected applet; a reset ends it. */
	secure?(keys: ChannelKeys, counting: ChannelCounting): void;
}

export interface ChipOptions {
	/** Platform SCP03: with which keys. Without it commands and responses cross the bus as they are. */
	scp03?: Scp03Option | undefined;
}

/** A private key in the chip, as a TLS client uses it. */
export interface ChipKey {
	/** @param hashName "SHA-256" and the like; @returns the signature, DER ECDSA-Sig-Value */
	sign(hashName: string, digest: Uint8Array): Uint8Array;
}

function idTlv(id: number): Uint8Array {
	if (!Number.isInteger(id) || id < 0 || id > 0xFFFFFFFF)
		throw new RangeError(`an SE050's object id is an integer of 32 bits, not ${id}`);
	return encodeTlv(tags.first, u32(id));
}

function u16Tlv(tag: number, value: number): Uint8Array {
	return encodeTlv(tag, u16(value));
}

/** One SE050, over anything that carries APDUs. Ids are listed in objects.ts. */
export class SE050 {
	readonly #link: Transceiver;
	readonly #scp03: Scp03Option | undefined;
	#platformKeys: PlatformKeys | undefined;
	#version: Version | undefined;

	/** @throws {TypeError} the link has no secure channel, which the options ask for */
	constructor(link: Transceiver, { scp03 }: ChipOptions = {}) {
		if (scp03 !== undefined && link.secure === undefined)
			throw new TypeError("scp03: this link cannot open a secure channel");
		this.#link = link;
		this.#scp03 = scp03;
	}

	/**
	 * Resets the link, selects the applet, opens the secure channel if there is to be one, and returns the applet's version.
	 * The other methods do it when it was not done or when the chip lost it, and then repeat their command once.
	 * @throws {LinkError} no chip, no way to talk to it, or other SCP03 keys in it
	 * @throws {StatusError} no such applet, or SCP03 refused
	 */
	select(): Version {
		try {
			return this.#selectOnce();
		}
		catch (error) {
			if (!this.#canRecover(error))
				throw error;
			return this.#selectOnce();
		}
	}

	/** The chip's unique id, 18 bytes. */
	uid(): Uint8Array {
		const uid = this.#value(commands.readShortObject, idTlv(objects.uniqueId));
		if (uid.length !== uniqueIdLength)
			throw new TlvError(`SE050 ReadObject: a unique id of ${uid.length} bytes instead of ${uniqueIdLength}`);
		return uid.slice();
	}

	exists(id: number): boolean {
		const [result] = this.#value(commands.checkObjectExists, idTlv(id));
		if (result !== 1 && result !== 2)
			throw new TlvError(`SE050 CheckObjectExists: result ${result}, where 1 is yes and 2 is no`);
		return result === 1;
	}

	/** Size of an object in bytes: of a file as it was created, of a key its modulus' or curve's. */
	size(id: number): number {
		return this.#explaining(id, "a readable object", canBeRead, () => this.#size(id));
	}

	/**
	 * All of an object: a file's bytes, a key pair's public key (an EC point: 04, X, Y). One command for what one response
	 * can carry, and only for a longer one its size and the parts.
	 * @throws {MissingObjectError | WrongTypeError | StatusError | LinkError}
	 */
	read(id: number): Uint8Array {
		return this.#explaining(id, "a readable object", canBeRead, () => this.#read(id));
	}

	/**
	 * An X.509 certificate, DER, without the padding of its file.
	 * @throws {DerError} the object holds none, or only the beginning of one
	 */
	certificate(id: number = objects.cloudCertificate0): Uint8Array {
		const file = this.read(id);
		try {
			return trimSequence(file);
		}
		catch (error) {
			if (!(error instanceof DerError))
				throw error;
			throw new DerError(`object ${hex(id, 8)} (${file.length} bytes) holds no certificate: ${error.message}`);
		}
	}

	/**
	 * Signs a digest with a key in the chip.
	 * @param algorithm a number of `ecdsa` in algorithms.ts, 0x21 for SHA-256
	 * @returns DER ECDSA-Sig-Value (RFC 3279, 2.2.3); s is not normalised
	 * @throws {RangeError} the digest's length does not go with the algorithm; nothing was sent
	 */
	sign(id: number, algorithm: number, digest: Uint8Array): Uint8Array {
		checkDigest(algorithm, digest);
		const data = concatenate(idTlv(id), encodeTlv(tags.second, Uint8Array.of(algorithm)), encodeTlv(tags.third, digest));
		return this.#explaining(id, "an EC key pair", canSignEcdsa, () => trimSequence(this.#value(commands.ecdsaSign, data)));
	}

	/** Bytes of the chip's true random number generator. */
	random(byteLength: number): Uint8Array {
		if (!Number.isInteger(byteLength) || byteLength < 0)
			throw new RangeError(`${byteLength} is no number of bytes`);
		const random = new Uint8Array(byteLength);
		const most = this.#responseDataMax();
		for (let offset = 0; offset < byteLength; offset += most) {
			const length = Math.min(most, byteLength - offset);
			random.set(this.#exactly(length, commands.getRandom, u16Tlv(tags.first, length)), offset);
		}
		return random;
	}

	/** A key pair for TLS: it signs, and stays in the chip. */
	key(id: number = objects.cloudKey0): ChipKey {
		return { sign: (hashName, digest) => this.sign(id, ecdsaWith(hashName).id, digest) };
	}

	#selectOnce(): Version {
		this.#version = undefined;
		this.#link.reset?.();
		const keys = this.#keys();
		const version = decodeVersion(this.#transceive(commands.select, appletAid));
		if (keys !== undefined)
			withChannelKeys(keys, bytes => this.#link.secure?.(bytes, channelCountingOf(version)));
		this.#version = version;
		return version;
	}

	/** The secure channel's keys; "auto" asks the chip, once, which only works before an applet is selected. */
	#keys(): PlatformKeys | undefined {
		if (this.#scp03 === "auto")
			return this.#platformKeys ??= factoryKeysOf(decodeOef(this.#transceive(commands.identify, Uint8Array.of(0xDF, 0x28))));
		return this.#scp03;
	}

	#responseDataMax(): number {
		return responseDataMax(this.#version ?? this.select(), this.#scp03 !== undefined);
	}

	#size(id: number): number {
		return this.#value(commands.readSize, idTlv(id)).reduce((size, byte) => size << 8 | byte, 0);
	}

	#read(id: number): Uint8Array {
		try {
			return this.#value(commands.readObject, idTlv(id)).slice();
		}
		catch (error) {
			const size = error instanceof StatusError ? this.#sizeIfLong(id) : 0;
			if (size === 0)
				throw error;
			return this.#readParts(id, size);
		}
	}

	/** The size of an object that is too long for one response, 0 for any other. */
	#sizeIfLong(id: number): number {
		try {
			const size = this.#size(id);
			return size > this.#responseDataMax() ? size : 0;
		}
		catch (error) {
			if (error instanceof StatusError)
				return 0;
			throw error;
		}
	}

	#readParts(id: number, size: number): Uint8Array {
		const whole = new Uint8Array(size);
		const most = this.#responseDataMax();
		for (let offset = 0; offset < size; offset += most) {
			const length = Math.min(most, size - offset);
			const where = offset > 0 ? u16Tlv(tags.second, offset) : new Uint8Array();
			whole.set(this.#exactly(length, commands.readObject, concatenate(idTlv(id), where, u16Tlv(tags.third, length))), offset);
		}
		return whole;
	}

	/** The value of TAG_1, the one thing that every response of the applet used here has. */
	#value(command: Command, data: Uint8Array): Uint8Array {
		return valueOf(decodeTlvs(this.#command(command, data)), tags.first);
	}

	#exactly(length: number, command: Command, data: Uint8Array): Uint8Array {
		const value = this.#value(command, data);
		if (value.length !== length)
			throw new TlvError(`SE050 ${command.name}: ${value.length} bytes instead of ${length}`);
		return value;
	}

	#command(command: Command, data: Uint8Array): Uint8Array {
		try {
			return this.#transceive(command, data);
		}
		catch (error) {
			if (!this.#canRecover(error))
				throw error;
			this.select();
			return this.#transceive(command, data);
		}
	}

	#transceive(command: Command, data: Uint8Array): Uint8Array {
		const response = decodeResponse(new Uint8Array(this.#link.transceive(encodeCommand(command, data))));
		if (response.sw !== success)
			throw new StatusError(command.name, response.sw);
		return response.data;
	}

	/** Whether the chip or the link lost its state, so that a reset, SELECT and a new channel may bring it back. */
	#canRecover(error: unknown): boolean {
		if (this.#link.reset === undefined)
			return false;
		return (error instanceof LinkError && error.recoverable) || (error instanceof StatusError && (error.appletGone || (this.#scp03 !== undefined && error.channelGone)));
	}

	/** Runs what concerns one object; when the chip refuses, asks it whether the object is missing or of another type. */
	#explaining<Result>(id: number, wanted: string, fits: (type: number) => boolean, action: () => Result): Result {
		try {
			return action();
		}
		catch (error) {
			throw error instanceof StatusError && error.ambiguous ? this.#explain(error, id, wanted, fits) : error;
		}
	}

	#explain(error: StatusError, id: number, wanted: string, fits: (type: number) => boolean): StatusError {
		try {
			if (!this.exists(id))
				return new MissingObjectError(error, id);
			const [type = 0] = this.#value(commands.readType, idTlv(id));
			return fits(type) ? error : new WrongTypeError(error, id, type, wanted);
		}
		catch {
			return error;
		}
	}
}
