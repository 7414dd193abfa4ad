import { constants, createPrivateKey, createPublicKey, generateKeyPair, privateDecrypt, sign } from "node:crypto";
import { promisify } from "node:util";
import type { RsaKeyPair } from "./objects.js";

/** Size of the keys that the factory provisions, in bits. */
const MODULUS_LENGTH = 2048;

export type RsaKey = Pick<RsaKeyPair, "type" | "privateKey" | "modulus" | "publicExponent">;

const PADDING = { PKCS1: constants.RSA_PKCS1_PADDING, PSS: constants.RSA_PKCS1_PSS_PADDING } as const;

/** The key pair of a private key (PKCS#8, DER). Throws where it is none of RSA. */
export function rsaKeyPair(privateKey: Uint8Array): RsaKey {
	const { n, e } = createPublicKey(privateKeyObject(privateKey)).export({ format: "jwk" });
	if (n === undefined || e === undefined)
		throw new TypeError("a private key is not of RSA");
	const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"));
	return { type: "rsa-key-pair", privateKey, modulus: bytes(n), publicExponent: bytes(e) };
}

export async function generateRsaKeyPair(): Promise<RsaKey> {
	const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: MODULUS_LENGTH });
	return rsaKeyPair(new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" })));
}

/** SubjectPublicKeyInfo, DER. */
export const rsaPublicKey = ({ privateKey }: RsaKey): Uint8Array =>
	new Uint8Array(createPublicKey(privateKeyObject(privateKey)).export({ format: "der", type: "spki" }));

/** RSASSA of a message (RFC 8017, 8); the salt of PSS is as long as the digest. */
export function rsaSign({ privateKey }: RsaKey, digest: string, padding: keyof typeof PADDING, message: Uint8Array): Uint8Array {
	const key = { key: privateKeyObject(privateKey), padding: PADDING[padding], saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
	return new Uint8Array(sign(digest, message, key));
}

/** RSADP (RFC 8017, 5.1.2) of as many bytes as the key has; undefined where they are no number below the modulus. */
export function rsaPrivateOperation({ privateKey, modulus }: RsaKey, data: Uint8Array): Uint8Array | undefined {
	if (data.length !== modulus.length || Buffer.compare(data, modulus) >= 0)
		return undefined;
	return new Uint8Array(privateDecrypt({ key: privateKeyObject(privateKey), padding: constants.RSA_NO_PADDING }, data));
}

const privateKeyObject = (privateKey: Uint8Array) => createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" });
