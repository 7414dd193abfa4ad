// SPDX-License-Identifier: MIT
import { constants, createHash, type KeyObject, verify } from "node:crypto";
import type { SignatureScheme } from "../../se050/algorithms.js";
import { type CurveName, curves } from "../../se050/management/curves.js";
import { type RsaSize, rsaSizes } from "../../se050/management/object-management.js";
import { type PolicyEntry, rights } from "../../se050/management/policy.js";
import type { ChipProcess } from "./chip.js";
import { publicKeyOf, toPem } from "./public-key.js";

/** Kinds of keys that can be generated. */
export const keyTypes = [...Object.keys(curves), ...rsaSizes.map(bits => `RSA-${bits}`)] as readonly string[];

/** Hashes of signatures, by the names that TLS has for them. */
export const hashNames = ["SHA-256", "SHA-384", "SHA-512"] as const;
export type HashName = (typeof hashNames)[number];

const nodeName = (hash: HashName): string => hash.replace("-", "").toLowerCase();

/** Rights of a key for which nothing else was asked: to sign, and to be shown and deleted. An RSA key signs by decrypting. */
export function defaultKeyPolicy(type: string): PolicyEntry[] {
	const signing = type.startsWith("RSA") ? rights.sign | rights.decrypt : rights.sign;
	return [{ user: 0, rights: signing | rights.verify | rights.read | rights.delete }];
}

const everybodyReads = (policy: readonly PolicyEntry[]): boolean =>
	policy.some(({ user, rights: bits }) => user === 0 && (bits & rights.read) !== 0);

/** Generates a key pair, and returns its public key in PEM; "" when its policy does not let it be read. */
export async function generate(
	chip: ChipProcess,
	id: number,
	type: string,
	policy: readonly PolicyEntry[],
): Promise<string> {
	if (type.startsWith("RSA-"))
		await chip.call("generateRsaKey", id, Number(type.slice("RSA-".length)) as RsaSize, policy);
	else await chip.call("generateEcKey", id, type as CurveName, policy);
	return everybodyReads(policy) ? toPem(await publicKeyOf(chip, id)) : "";
}

/** The scheme that a key signs with when none was asked for. */
const schemeOf = (key: KeyObject): SignatureScheme => (key.asymmetricKeyType === "rsa" ? "RSASSA-PKCS1-v1_5" : "ECDSA");

/** The signature of a message: DER ECDSA-Sig-Value, or RSA's bytes. */
export async function sign(
	chip: ChipProcess,
	id: number,
	message: Uint8Array,
	hash: HashName,
	scheme?: SignatureScheme,
): Promise<Uint8Array> {
	const digest = new Uint8Array(createHash(nodeName(hash)).update(message).digest());
	return chip.call("sign", id, hash, digest, scheme ?? schemeOf(await publicKeyOf(chip, id)));
}

/** Whether a signature is right by the public key that the chip shows. */
export async function isRight(
	chip: ChipProcess,
	id: number,
	message: Uint8Array,
	signature: Uint8Array,
	hash: HashName,
	scheme?: SignatureScheme,
): Promise<boolean> {
	const key = await publicKeyOf(chip, id);
	const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
	return verify(nodeName(hash), message, { key, ...((scheme ?? schemeOf(key)) === "RSASSA-PSS" && pss) }, signature);
}
