// SPDX-License-Identifier: MIT
import { ecdsa } from "../algorithms.js";
import { changes, commands, encodeCommand, tags } from "../apdu.js";
import { type Applet, type Evidence, idTlv } from "../applet.js";
import { concatenate, fromDigits, hex, u16, u32 } from "../bytes.js";
import { canSignEcdsa, objects } from "../objects.js";
import { decodeTlvs, encodeTlv, TlvError, valueOf } from "../tlv.js";
import type { Transcript } from "./attestation.js";
import { type Attributes, decodeAttributes } from "./attributes.js";
import { type CurveName, curves, parametersOf } from "./curves.js";
import { encodePolicy, type PolicyEntry } from "./policy.js";

/** Kinds of memory (SE05x_MemoryType_t). */
export const memories = { persistent: 1, transientReset: 2, transientDeselect: 3 } as const;

/** Sizes of RSA keys that the chip generates, in bits. */
export const rsaSizes = [1024, 1152, 2048, 3072, 4096] as const;
export type RsaSize = (typeof rsaSizes)[number];

/** RSA public key components (SE05x_RSAKeyComponent_t). */
export const rsaComponents = { modulus: 0, publicExponent: 1 } as const;

/** Bytes of a file that one command writes (NXP's BINARY_WRITE_MAX_LEN), and that a file has at most: its size has two bytes. */
const longestWrite = 500;
const longestFile = 0x7fff;

const anyType = 0xff;
const isTransient = 2;
const isSet = 2;
const more = 2;
/** Length of an attested read's freshness in bytes. */
export const freshnessLength = 16;

function byteTlv(tag: number, value: number): Uint8Array {
	return encodeTlv(tag, Uint8Array.of(value));
}

function unsigned(bytes: Uint8Array): number {
	return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function policyTlv(policy: readonly PolicyEntry[] | undefined): Uint8Array {
	return policy === undefined ? new Uint8Array() : encodeTlv(tags.policy, encodePolicy(policy));
}

/** Someone wanted to make an object whose id is taken. */
export class ObjectExistsError extends Error {
	override readonly name = "ObjectExistsError";
	readonly id: number;

	constructor(id: number) {
		super(
			`object ${hex(id, 8)} is already in this chip, and nothing was changed: choose another id, or delete it first`,
		);
		this.id = id;
	}
}

/** What a person does with a chip's objects, and a device in the field does not: lists, makes, deletes and attests them. */
export class ObjectManagement {
	readonly #applet: Applet;

	constructor(applet: Applet) {
		this.#applet = applet;
	}

	/** The ids of all objects. */
	ids(): number[] {
		const ids: number[] = [];
		for (;;) {
			const tlvs = decodeTlvs(
				this.#applet.ask(
					commands.readIdList,
					concatenate(encodeTlv(tags.first, u16(4 * ids.length)), byteTlv(tags.second, anyType)),
				),
			);
			const list = valueOf(tlvs, tags.second);
			for (let offset = 0; offset + 4 <= list.length; offset += 4)
				ids.push(unsigned(list.subarray(offset, offset + 4)));
			if (valueOf(tlvs, tags.first)[0] !== more || list.length === 0) return ids;
		}
	}

	/** An object's type, for `typeName`, and whether it is lost without power. */
	type(id: number): { type: number; transient: boolean } {
		const tlvs = decodeTlvs(this.#applet.ask(commands.readType, idTlv(id)));
		return { type: valueOf(tlvs, tags.first)[0] ?? 0, transient: valueOf(tlvs, tags.second)[0] === isTransient };
	}

	/** Bytes that are free; parts up to 7.2.0 say at most 32767. */
	freeMemory(kind: keyof typeof memories): number {
		return unsigned(this.#applet.value(commands.getFreeMemory, byteTlv(tags.first, memories[kind])));
	}

	/** An object's attributes without attestation. @throws {StatusError} 6985 on applet 3.1, which attests them only */
	attributes(id: number): Attributes {
		return decodeAttributes(valueOf(decodeTlvs(this.#applet.ask(commands.readAttributes, idTlv(id))), tags.third));
	}

	/** An RSA key's modulus or public exponent, big-endian. */
	rsaComponent(id: number, component: keyof typeof rsaComponents): Uint8Array {
		return this.#applet
			.value(commands.readObject, concatenate(idTlv(id), byteTlv(tags.fourth, rsaComponents[component])))
			.slice();
	}

	/**
	 * Generates an EC key pair in the chip, which never shows its private key.
	 * @param policy who may do what with it; without one the applet's default, which lets everybody do everything
	 * @throws {ObjectExistsError} nothing is ever replaced
	 * @throws {UnknownOutcomeError} the response was lost, and the chip cannot be asked
	 */
	generateEcKey(id: number, curve: CurveName, policy?: readonly PolicyEntry[]): void {
		this.#checkFree(id);
		this.#createCurve(curve);
		const data = concatenate(policyTlv(policy), idTlv(id), byteTlv(tags.second, curves[curve].id));
		this.#applet.change(changes.writeEcKey, data, this.#existence(id, true));
	}

	/** Generates an RSA key pair in the chip, which takes seconds; otherwise as `generateEcKey`. */
	generateRsaKey(id: number, bits: RsaSize, policy?: readonly PolicyEntry[]): void {
		this.#checkFree(id);
		this.#applet.change(
			changes.writeRsaKey,
			concatenate(policyTlv(policy), idTlv(id), encodeTlv(tags.second, u16(bits))),
			this.#existence(id, true),
		);
	}

	/**
	 * Makes a file with these bytes at its beginning, and zeros after them.
	 * @param size of the file in bytes, at least that of the content
	 * @param policy who may do what with it; without one everybody may do everything. More than 500 bytes take several
	 * commands, of which all but the first need the right to write
	 * @throws {ObjectExistsError} nothing is ever replaced
	 * @throws {UnknownOutcomeError} the response was lost, and the chip cannot be asked
	 */
	writeFile(id: number, content: Uint8Array, size = content.length, policy?: readonly PolicyEntry[]): void {
		if (size < content.length || size < 1 || size > longestFile)
			throw new RangeError(
				`a file's size is from its content's ${content.length} to ${longestFile} bytes, not ${size}`,
			);
		this.#checkFree(id);
		const part = (offset: number) =>
			concatenate(
				encodeTlv(tags.second, u16(offset)),
				...(offset === 0 ? [encodeTlv(tags.third, u16(size))] : []),
				encodeTlv(tags.fourth, content.subarray(offset, offset + longestWrite)),
			);
		this.#applet.change(
			changes.writeBinary,
			concatenate(policyTlv(policy), idTlv(id), part(0)),
			this.#existence(id, true),
		);
		for (let offset = longestWrite; offset < content.length; offset += longestWrite)
			this.#applet.ask(changes.writeBinary, concatenate(idTlv(id), part(offset)));
	}

	/** Deletes an object for good. @throws {MissingObjectError | StatusError} its policy, or the factory, forbids it */
	delete(id: number): void {
		this.#applet.explaining(
			id,
			"an object that may be deleted",
			() => true,
			() => this.#applet.change(changes.deleteSecureObject, idTlv(id), this.#existence(id, false)),
		);
	}

	/**
	 * Reads an object and lets a key of the chip sign what it is and where it came from.
	 * @param freshness 16 random bytes that the reader made, so that an old answer can be told from a new one
	 * @param component of an RSA key, which has no value as a whole
	 */
	attest(
		id: number,
		freshness: Uint8Array,
		component?: keyof typeof rsaComponents,
		key: number = objects.attestationKey,
	): Transcript {
		if (freshness.length !== freshnessLength)
			throw new RangeError(`an attested read has ${freshnessLength} bytes of freshness, not ${freshness.length}`);
		const part = component === undefined ? new Uint8Array() : byteTlv(tags.fourth, rsaComponents[component]);
		const data = concatenate(
			idTlv(id),
			part,
			encodeTlv(tags.fifth, u32(key)),
			byteTlv(tags.sixth, ecdsa["SHA-256"].id),
			encodeTlv(tags.seventh, freshness),
		);
		const ask = () =>
			this.#applet.explaining(key, "an EC key pair to attest with", canSignEcdsa, () =>
				this.#applet.ask(commands.attestedRead, data).slice(),
			);
		const response = this.#applet.explaining(id, "an object", () => true, ask);
		return { command: encodeCommand(commands.attestedRead, data).slice(0, -2), response };
	}

	/** A policy would refuse a second writing with 6986; that is no way to learn that an object is in use. */
	#checkFree(id: number): void {
		if (this.#applet.exists(id)) throw new ObjectExistsError(id);
	}

	#existence(id: number, wanted: boolean): Evidence {
		return {
			executed: () => this.#applet.exists(id) === wanted,
			look: `Ask the chip whether object ${hex(id, 8)} ${wanted ? "is there" : "is gone"} before you try again.`,
		};
	}

	/**
	 * Sets a curve's parameters where they are not set yet. A curve that is there must not be created again: applet 3.1 accepts
	 * that and forgets its parameters.
	 */
	#createCurve(curve: CurveName): void {
		const parameters = parametersOf(curve);
		const { id } = curves[curve];
		if (parameters.length === 0 || this.#hasCurve(id)) return;
		const look = `Read the list of curves: number ${id} is ${curve}.`;
		this.#applet.change(changes.createEcCurve, byteTlv(tags.first, id), { executed: () => this.#hasCurve(id), look });
		for (const [parameter, digits] of parameters)
			this.#applet.ask(
				commands.setEcCurveParam,
				concatenate(
					byteTlv(tags.first, id),
					byteTlv(tags.second, parameter),
					encodeTlv(tags.third, fromDigits(digits)),
				),
			);
	}

	#hasCurve(id: number): boolean {
		const state = this.#applet.value(commands.readEcCurveList, new Uint8Array())[id - 1];
		if (state === undefined) throw new TlvError(`SE050 ReadECCurveList: the list has no curve ${id}`);
		return state === isSet;
	}
}
