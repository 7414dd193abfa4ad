// SPDX-License-Identifier: MIT
import {
	constants,
	createPrivateKey,
	createPublicKey,
	generateKeyPair,
	type KeyObject,
	privateDecrypt,
	publicEncrypt,
	sign,
	verify,
} from "node:crypto";
import { promisify } from "node:util";
import type { RsaKeyPair } from "../applet/objects.js";
import { type Encoding, encodeEmsaPss } from "./rsa-encoding.js";

export type RsaKey = Pick<RsaKeyPair, "type" | "privateKey" | "modulus" | "publicExponent" | "crt">;

/** The public half: big-endian, the modulus as long as the key. */
export type RsaPublicKey = Pick<RsaKeyPair, "modulus" | "publicExponent">;

type Random = (length: number) => Uint8Array;

/** RSASSA as RFC 8017, 8, has it; the salt of PSS is as long as the digest. */
export interface RsaScheme {
	digest: string;
	padding: "PKCS1" | "PSS";
}

const paddings = {
	PKCS1: { padding: constants.RSA_PKCS1_PADDING },
	PSS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
} as const;

/** The key pair of a private key (PKCS#8, DER). Throws where it is not an RSA key. */
export function rsaKeyPair(privateKey: Uint8Array, crt = true): RsaKey {
	const { n, e } = createPublicKey(privateKeyObject(privateKey)).export({ format: "jwk" });
	if (n === undefined || e === undefined) throw new TypeError("a private key is not an RSA key");
	const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"));
	return { type: "rsa-key-pair", privateKey, modulus: bytes(n), publicExponent: bytes(e), crt };
}

/** A key pair of the factory's: from the machine's random numbers, in the background. @param size in bits */
export async function makeRsaKeyPair(size: number): Promise<RsaKey> {
	const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: size });
	return rsaKeyPair(new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" })));
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

const publicKeyObject = ({ modulus, publicExponent }: RsaPublicKey): KeyObject =>
	createPublicKey({ key: { kty: "RSA", n: base64url(modulus), e: base64url(publicExponent) }, format: "jwk" });

/** SubjectPublicKeyInfo, DER. */
export const rsaSpki = (key: RsaPublicKey): Uint8Array =>
	new Uint8Array(publicKeyObject(key).export({ format: "der", type: "spki" }));

/** The signature of a message, with a salt from `random` if it needs one; undefined where the key is too short for the digest. */
export function rsaSign(
	key: RsaKey,
	{ digest, padding }: RsaScheme,
	message: Uint8Array,
	random: Random,
): Uint8Array | undefined {
	if (padding === "PSS") {
		const encoded = encodeEmsaPss(digest, message, key.modulus.length, random);
		return encoded && rsaPrivateOperation(key, encoded);
	}
	try {
		return new Uint8Array(sign(digest, message, privateKeyObject(key.privateKey)));
	} catch {
		return undefined;
	}
}

/** Whether a signature is that of a message. */
export const rsaVerify = (key: RsaPublicKey, scheme: RsaScheme, message: Uint8Array, signature: Uint8Array): boolean =>
	verify(scheme.digest, message, { key: publicKeyObject(key), ...paddings[scheme.padding] }, signature);

/** RSADP (RFC 8017, 5.1.2) of as many bytes as the key has; undefined where they are no number below the modulus. */
export function rsaPrivateOperation(key: RsaKey, data: Uint8Array): Uint8Array | undefined {
	if (!isRepresentative(key, data)) return undefined;
	return new Uint8Array(
		privateDecrypt({ key: privateKeyObject(key.privateKey), padding: constants.RSA_NO_PADDING }, data),
	);
}

/** RSAEP (RFC 8017, 5.1.1), likewise. */
export function rsaPublicOperation(key: RsaPublicKey, data: Uint8Array): Uint8Array | undefined {
	if (!isRepresentative(key, data)) return undefined;
	return new Uint8Array(publicEncrypt({ key: publicKeyObject(key), padding: constants.RSA_NO_PADDING }, data));
}

/** A message encrypted with an encoding; undefined where it is too long for the key. */
export function rsaEncrypt(
	key: RsaPublicKey,
	{ encode }: Encoding,
	message: Uint8Array,
	random: Random,
): Uint8Array | undefined {
	const encoded = encode(message, key.modulus.length, random);
	return encoded && rsaPublicOperation(key, encoded);
}

/** The message of a ciphertext; undefined where it has another length or encoding. */
export function rsaDecrypt(key: RsaKey, { decode }: Encoding, ciphertext: Uint8Array): Uint8Array | undefined {
	const encoded = rsaPrivateOperation(key, ciphertext);
	return encoded && decode(encoded);
}

const isRepresentative = ({ modulus }: RsaPublicKey, data: Uint8Array): boolean =>
	data.length === modulus.length && Buffer.compare(data, modulus) < 0;

const privateKeyObject = (privateKey: Uint8Array) =>
	createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" });
