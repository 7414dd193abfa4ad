// SPDX-License-Identifier: MIT
import { p256 } from "@noble/curves/nist.js";

/** ECDSA over P-256 of a digest that is already there, which `node:crypto` does not offer: it always hashes. */

export interface KeyPair {
	/** 32 bytes, big-endian. */
	privateKey: Uint8Array;
	/** 65 bytes: 04, X, Y. */
	publicKey: Uint8Array;
}

/** A digest as it comes, s as it comes: a chip neither hashes nor normalises. */
const signatureOptions = { prehash: false, lowS: false, format: "der" } as const;

/** The longest DER ECDSA-Sig-Value of P-256, in bytes. */
const longestSignature = 72;

/** The key pair of a private key; undefined when the 32 bytes are not one (zero, or the group's order and above). */
export function keyPair(privateKey: Uint8Array): KeyPair | undefined {
	if (!p256.utils.isValidSecretKey(privateKey)) return undefined;
	return { privateKey, publicKey: p256.getPublicKey(privateKey, false) };
}

/** Whether 65 bytes are a point of the curve. */
export function isPoint(publicKey: Uint8Array): boolean {
	return publicKey.length === 65 && p256.utils.isValidPublicKey(publicKey, false);
}

/** A new key pair from `random`, which gives as many bytes as it is asked for. */
export function generateKeyPair(random: (length: number) => Uint8Array): KeyPair {
	for (;;) {
		const pair = keyPair(random(32));
		if (pair) return pair;
	}
}

/**
 * Signs a digest.
 * @param extraEntropy whether two signatures of one digest differ (RFC 6979, 3.6), as a chip's do, or repeat
 * @returns DER ECDSA-Sig-Value
 */
export function sign(privateKey: Uint8Array, digest: Uint8Array, extraEntropy = true): Uint8Array {
	return p256.sign(digest, privateKey, { ...signatureOptions, extraEntropy });
}

/** Whether a DER signature is that of a digest under a public key (04 ‖ X ‖ Y). */
export function verify(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
	return signature.length <= longestSignature && p256.verify(signature, digest, publicKey, signatureOptions);
}

/** The x coordinate of the shared point (SP 800-56A, 5.7.1.2), 32 bytes; undefined when `peer` is no point of the curve. */
export function sharedSecret(privateKey: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
	try {
		return p256.getSharedSecret(privateKey, peer, true).slice(1);
	} catch {
		return undefined;
	}
}
