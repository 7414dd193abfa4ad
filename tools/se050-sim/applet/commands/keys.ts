// SPDX-License-Identifier: MIT
import { StatusWordError, sw } from "../../card/status.js";
import { appletTags } from "../codes.js";
import type { EcKeyPair, EcPrivateKey, EcPublicKey, RsaKeyPair, RsaPublicKeyObject, SecureObject } from "../objects.js";
import { checkRight } from "../policy.js";
import { type AppletRequest, required, type SimulatedChip } from "./command.js";

/** The object that a command names, for a use that its policy must allow. */
export function keyFor(chip: SimulatedChip, { tlvs, requester }: AppletRequest, right: number): SecureObject {
	const key = chip.objects.get(required(tlvs, appletTags.tag1));
	checkRight(key, right, requester);
	return key;
}

/** A pair or a private key. Throws 6985 for another type. */
export function asEcKey(key: SecureObject): EcKeyPair | EcPrivateKey {
	if (key.type !== "ec-key-pair" && key.type !== "ec-private-key") throw new StatusWordError(sw.conditionsNotSatisfied);
	return key;
}

/** A pair or a public key. Throws 6985 for another type. */
export function asEcPublicKey(key: SecureObject): EcKeyPair | EcPublicKey {
	if (key.type !== "ec-key-pair" && key.type !== "ec-public-key") throw new StatusWordError(sw.conditionsNotSatisfied);
	return key;
}

/** Throws 6985 for another type. */
export function asRsaKey(key: SecureObject): RsaKeyPair {
	if (key.type !== "rsa-key-pair") throw new StatusWordError(sw.conditionsNotSatisfied);
	return key;
}

/** A pair or a public key. Throws 6985 for another type. */
export function asRsaPublicKey(key: SecureObject): RsaKeyPair | RsaPublicKeyObject {
	return key.type === "rsa-public-key" ? key : asRsaKey(key);
}

export const isRsaKey = (key: SecureObject): key is RsaKeyPair | RsaPublicKeyObject =>
	key.type === "rsa-key-pair" || key.type === "rsa-public-key";
