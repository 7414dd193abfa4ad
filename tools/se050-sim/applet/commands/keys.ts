// SPDX-License-Identifier: MIT
import { StatusError, sw } from "../../card/status.js";
import { tags } from "../codes.js";
import type { EcKeyPair, RsaKeyPair, SecureObject } from "../objects.js";
import { checkRight } from "../policy.js";
import { type Chip, type Request, required } from "./command.js";

/** The object that a command names, for a use that its policy must allow. */
export function keyFor(chip: Chip, { tlvs, requester }: Request, right: number): SecureObject {
	const key = chip.objects.get(required(tlvs, tags.tag1));
	checkRight(key, right, requester);
	return key;
}

/** Throws 6985 for another type. */
export function asEcKey(key: SecureObject): EcKeyPair {
	if (key.type !== "ec-key-pair") throw new StatusError(sw.conditionsNotSatisfied);
	return key;
}

/** The public key of a pair or of itself. Throws 6985 for another type. */
export function ecPublicKey(key: SecureObject): Uint8Array {
	return key.type === "ec-public-key" ? key.publicKey : asEcKey(key).publicKey;
}

/** Throws 6985 for another type. */
export function asRsaKey(key: SecureObject): RsaKeyPair {
	if (key.type !== "rsa-key-pair") throw new StatusError(sw.conditionsNotSatisfied);
	return key;
}
