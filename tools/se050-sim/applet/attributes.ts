// SPDX-License-Identifier: MIT
import { concat, fromUnsigned } from "../../lib/bytes.js";
import { curveByName } from "../crypto/curves.js";
import type { ChipVariant } from "../factory/variants.js";
import { ecType, objectType, origin, setIndicator } from "./codes.js";
import type { SecureObject } from "./objects.js";

/** An object's type, as ReadType and the attributes tell it. */
export function typeCode(object: SecureObject, { version }: ChipVariant): number {
	switch (object.type) {
		case "binary":
			return objectType.binaryFile;
		case "user-id":
			return objectType.userId;
		case "rsa-key-pair":
			return object.crt ? objectType.rsaKeyPairCrt : objectType.rsaKeyPair;
		case "rsa-public-key":
			return objectType.rsaPublicKey;
		case "ec-key-pair":
			return version[0]! >= 7 ? ecType[object.curve].keyPair : objectType.ecKeyPair;
		case "ec-private-key":
			return version[0]! >= 7 ? ecType[object.curve].privateKey : objectType.ecPrivateKey;
		case "ec-public-key":
			return version[0]! >= 7 ? ecType[object.curve].publicKey : objectType.ecPublicKey;
	}
}

/** Size in bytes, as ReadSize and attestation tell it: of a file its content, of a key its curve or modulus. */
export function sizeOf(object: SecureObject): number {
	switch (object.type) {
		case "binary":
			return object.data.length;
		case "user-id":
			return object.value.length;
		case "ec-key-pair":
		case "ec-private-key":
		case "ec-public-key":
			return curveByName[object.curve].fieldLength;
		case "rsa-key-pair":
		case "rsa-public-key":
			return object.modulus.length;
	}
}

/** An object's version, last of its attributes: four bytes on 7.x, one on 3.6 (always 0), none on 3.1. */
function versionOf({ version = 0 }: SecureObject, { version: [major, minor] }: ChipVariant): Uint8Array {
	if (major! >= 7) return fromUnsigned(version, 4);
	return new Uint8Array(minor! >= 6 ? 1 : 0);
}

/**
 * An object's attributes (NXP's `Se05x_API_ReadObjectAttributes_W_Attst`): identifier (4 bytes), type (1), whether it
 * authenticates sessions (1), failed attempts or 0 (2), owner (4), maximum of attempts or 0 (2), policy, origin (1), version.
 */
export function attributesOf(object: SecureObject, variant: ChipVariant): Uint8Array {
	const { failedAttempts, maximumAttempts } =
		object.type === "user-id" ? object : { failedAttempts: 0, maximumAttempts: 0 };
	return concat(
		fromUnsigned(object.id, 4),
		Uint8Array.of(typeCode(object, variant), object.type === "user-id" ? setIndicator.set : setIndicator.notSet),
		fromUnsigned(failedAttempts, 2),
		fromUnsigned(object.owner ?? 0, 4),
		fromUnsigned(maximumAttempts, 2),
		object.policy ?? new Uint8Array(0),
		Uint8Array.of(origin[object.origin]),
		versionOf(object, variant),
	);
}
