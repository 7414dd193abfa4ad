// SPDX-License-Identifier: MIT
import { frozen } from "./frozen.js";

/** How a digest is signed: by an EC key, or by an RSA key in one of the two ways of RFC 8017. */
export type SignatureScheme = "ECDSA" | "RSASSA-PKCS1-v1_5" | "RSASSA-PSS";

/** ECDSA over a digest that the host made: the applet's number (AN12413, table "ECSignatureAlgo") and the digest's length. */
export interface SignatureAlgorithm {
	readonly id: number;
	readonly digestLength: number;
}

/** By the hash' name. */
export const ecdsa = frozen({
	"SHA-1": { id: 0x11, digestLength: 20 },
	"SHA-224": { id: 0x25, digestLength: 28 },
	"SHA-256": { id: 0x21, digestLength: 32 },
	"SHA-384": { id: 0x22, digestLength: 48 },
	"SHA-512": { id: 0x26, digestLength: 64 },
} satisfies Record<string, SignatureAlgorithm>);

export function ecdsaWith(hashName: string): SignatureAlgorithm {
	for (const [name, algorithm] of Object.entries(ecdsa)) if (name === hashName) return algorithm;
	throw new RangeError(
		`the SE050 cannot make an ECDSA signature with "${hashName}": use one of ${Object.keys(ecdsa).join(", ")}`,
	);
}

/** @throws {RangeError} unless the chip would take that digest for that algorithm */
export function checkDigest(id: number, digest: Uint8Array): void {
	const algorithm = Object.values(ecdsa).find(each => each.id === id);
	if (algorithm === undefined)
		throw new RangeError(
			`signature algorithm 0x${id.toString(16)} is not an ECDSA algorithm: see ecdsa in se050/algorithms`,
		);
	if (digest.length !== algorithm.digestLength)
		throw new RangeError(
			`signature algorithm 0x${id.toString(16)} signs a digest of ${algorithm.digestLength} bytes, not ${digest.length}: the chip does not hash`,
		);
}
