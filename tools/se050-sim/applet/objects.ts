// SPDX-License-Identifier: MIT
import { toUnsigned } from "../../lib/bytes.js";
import { StatusWordError, sw } from "../card/status.js";
import { curveByName, type NamedCurve } from "../crypto/curves.js";
import type { AppletRequest } from "./commands/command.js";

interface CommonProperties {
	id: number;
	origin: "provisioned" | "internal" | "external";
	/** Lost when the chip loses power or is reset. */
	transient: boolean;
	/** The policy that came with its creation, as sent. */
	policy?: Uint8Array;
	/** The authentication object of the session that created it; absent: none. */
	owner?: number;
	/** The number that its last writer gave it; absent: 0. */
	version?: number;
}

/** A key pair on an elliptic curve. */
export interface EcKeyPair extends CommonProperties {
	type: "ec-key-pair";
	curve: NamedCurve;
	/** As long as a coordinate, big-endian; never leaves the chip. */
	privateKey: Uint8Array;
	/** 04, X, Y. */
	publicKey: Uint8Array;
}

/** A private key on an elliptic curve, whose public key is elsewhere. */
export interface EcPrivateKey extends CommonProperties {
	type: "ec-private-key";
	curve: NamedCurve;
	/** As long as a coordinate, big-endian; never leaves the chip. */
	privateKey: Uint8Array;
}

/** A public key on an elliptic curve, whose private key is elsewhere. */
export interface EcPublicKey extends CommonProperties {
	type: "ec-public-key";
	curve: NamedCurve;
	/** 04, X, Y. */
	publicKey: Uint8Array;
}

/** A key pair of RSA. */
export interface RsaKeyPair extends CommonProperties {
	type: "rsa-key-pair";
	/** PKCS#8, DER; never leaves the chip. */
	privateKey: Uint8Array;
	/** Big-endian, as long as the key. */
	modulus: Uint8Array;
	publicExponent: Uint8Array;
	/** Whether the private key is kept for the Chinese remainder theorem, or as an exponent. */
	crt: boolean;
}

/** A public key of RSA, whose private key is elsewhere. */
export interface RsaPublicKeyObject extends CommonProperties {
	type: "rsa-public-key";
	/** Big-endian, as long as the key. */
	modulus: Uint8Array;
	publicExponent: Uint8Array;
}

/** A file of a size fixed at its creation. */
export interface BinaryFile extends CommonProperties {
	type: "binary";
	data: Uint8Array;
}

/** A value that authenticates sessions; it is never read. */
export interface UserId extends CommonProperties {
	type: "user-id";
	/** 4 to 16 bytes. */
	value: Uint8Array;
	/** 0: as many as one likes. */
	maximumAttempts: number;
	/** Failed attempts in a row, while they are limited. */
	failedAttempts: number;
}

export type SecureObject =
	| EcKeyPair
	| EcPrivateKey
	| EcPublicKey
	| RsaKeyPair
	| RsaPublicKeyObject
	| BinaryFile
	| UserId;

/** Memory that an object takes besides its content; not published, an estimate. */
const objectOverhead = 32;

function contentSize(object: SecureObject): number {
	switch (object.type) {
		case "binary":
			return object.data.length;
		case "ec-key-pair":
			return 3 * curveByName[object.curve].fieldLength;
		case "ec-private-key":
			return object.privateKey.length;
		case "ec-public-key":
			return object.publicKey.length;
		case "rsa-key-pair":
			return 5 * object.modulus.length;
		case "rsa-public-key":
			return object.modulus.length + object.publicExponent.length;
		case "user-id":
			return object.value.length;
	}
}

/** Memory that an object takes, in bytes. */
export function memoryUse(object: SecureObject): number {
	return objectOverhead + contentSize(object);
}

/** A key of which some components have come. */
export interface PartialKey {
	/** The first command: size, policy, and whether it is transient. */
	request: AppletRequest;
	/** In bits. */
	size: number;
	parts: Map<string, Uint8Array>;
}

/** The objects of one chip. */
export class ObjectStore {
	/** RSA keys that are being imported, by identifier: lost with power. That they are no objects before is a choice. */
	readonly imports = new Map<number, PartialKey>();
	readonly #objects = new Map<number, SecureObject>();
	readonly #onChange: () => void;

	/** `onChange` is called after each change of a persistent object. */
	constructor(objects: Iterable<SecureObject>, onChange: () => void = () => {}) {
		for (const object of objects) this.#objects.set(object.id, object);
		this.#onChange = onChange;
	}

	has(id: number): boolean {
		return this.#objects.has(id);
	}

	find(id: number): SecureObject | undefined {
		return this.#objects.get(id);
	}

	/** The object that a TLV names; throws 6A80 where the TLV is no identifier, 6985 where there is no such object. */
	get(idBytes: Uint8Array): SecureObject {
		const object = this.#objects.get(objectIdIn(idBytes));
		if (!object) throw new StatusWordError(sw.conditionsNotSatisfied);
		return object;
	}

	put(object: SecureObject): void {
		this.#objects.set(object.id, object);
		if (!object.transient) this.#onChange();
	}

	/** Deletes an object; throws 6986 for what the factory provisioned. */
	delete(object: SecureObject): void {
		if (object.origin === "provisioned") throw new StatusWordError(sw.commandNotAllowed);
		this.#objects.delete(object.id);
		if (!object.transient) this.#onChange();
	}

	/** Deletes everything that the factory did not provision, and returns how many objects that was. */
	deleteAll(): number {
		const deletable = this.list().filter(({ origin }) => origin !== "provisioned");
		for (const { id } of deletable) this.#objects.delete(id);
		this.#onChange();
		return deletable.length;
	}

	/** Forgets transient objects, as a loss of power does. */
	clearTransient(): void {
		this.imports.clear();
		for (const object of this.#objects.values()) if (object.transient) this.#objects.delete(object.id);
	}

	/** All objects, by ascending identifier. */
	list(): SecureObject[] {
		return [...this.#objects.values()].sort((a, b) => a.id - b.id);
	}
}

/** The identifier in a TLV: four bytes, big-endian; throws 6A80 for another length. */
export function objectIdIn(bytes: Uint8Array): number {
	if (bytes.length !== 4) throw new StatusWordError(sw.wrongData);
	return toUnsigned(bytes);
}
