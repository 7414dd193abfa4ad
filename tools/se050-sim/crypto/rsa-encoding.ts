// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { concat, equal, fromUnsigned } from "../../lib/bytes.js";

/**
 * Encodings of RFC 8017 for a modulus of whole bytes, around the bare RSA operation. Their random bytes come from the
 * caller, so that a run can repeat, which `node:crypto` does not offer.
 */

type Random = (length: number) => Uint8Array;

const hash = (digest: string, ...parts: Uint8Array[]): Uint8Array =>
	new Uint8Array(
		createHash(digest)
			.update(concat(...parts))
			.digest(),
	);

/** MGF1 (RFC 8017, B.2.1). */
function mask(digest: string, seed: Uint8Array, length: number): Uint8Array {
	const blocks: Uint8Array[] = [];
	for (let produced = 0; produced < length; produced += blocks[0]!.length)
		blocks.push(hash(digest, seed, fromUnsigned(blocks.length, 4)));
	return concat(...blocks).slice(0, length);
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, index) => byte ^ b[index]!);

/** EMSA-PSS (9.1.1), with a salt as long as the digest. Undefined where the modulus is too short. */
export function encodeEmsaPss(
	digest: string,
	message: Uint8Array,
	length: number,
	random: Random,
): Uint8Array | undefined {
	const messageHash = hash(digest, message);
	const saltLength = messageHash.length;
	if (length < messageHash.length + saltLength + 2) return undefined;
	const salt = random(saltLength);
	const seed = hash(digest, new Uint8Array(8), messageHash, salt);
	const data = concat(new Uint8Array(length - 2 * saltLength - 2), Uint8Array.of(0x01), salt);
	const masked = xor(mask(digest, seed, data.length), data);
	masked[0]! &= 0x7f;
	return concat(masked, seed, Uint8Array.of(0xbc));
}

/** A way to make a message as long as the modulus, and back. Undefined: the message is too long, or was not encoded so. */
export interface Encoding {
	encode(message: Uint8Array, length: number, random: Random): Uint8Array | undefined;
	decode(encoded: Uint8Array): Uint8Array | undefined;
}

/** Bytes that are not zero. */
function nonZero(length: number, random: Random): Uint8Array {
	let bytes = new Uint8Array(0);
	while (bytes.length < length)
		bytes = new Uint8Array(
			concat(
				bytes,
				random(length).filter(byte => byte !== 0),
			),
		);
	return bytes.slice(0, length);
}

/** EME-PKCS1-v1_5 (7.2): 00 02, at least eight random bytes that are not zero, 00, the message. */
export const pkcs1: Encoding = {
	encode(message, length, random) {
		const padding = length - message.length - 3;
		return padding < 8
			? undefined
			: concat(Uint8Array.of(0x00, 0x02), nonZero(padding, random), Uint8Array.of(0x00), message);
	},
	decode(encoded) {
		const end = encoded.indexOf(0x00, 2);
		return encoded[0] === 0x00 && encoded[1] === 0x02 && end >= 10 ? encoded.slice(end + 1) : undefined;
	},
};

const oaepDigest = "sha1";
const oaepHashLength = 20;
const emptyLabel = hash(oaepDigest);

/** EME-OAEP (7.1) with SHA-1 and no label, NXP's kSE05x_RSAEncryptionAlgo_PKCS1_OAEP. */
export const oaep: Encoding = {
	encode(message, length, random) {
		const padding = length - message.length - 2 * oaepHashLength - 2;
		if (padding < 0) return undefined;
		const data = concat(emptyLabel, new Uint8Array(padding), Uint8Array.of(0x01), message);
		const seed = random(oaepHashLength);
		const masked = xor(mask(oaepDigest, seed, data.length), data);
		return concat(Uint8Array.of(0x00), xor(mask(oaepDigest, masked, oaepHashLength), seed), masked);
	},
	decode(encoded) {
		const masked = encoded.subarray(1 + oaepHashLength);
		const seed = xor(mask(oaepDigest, masked, oaepHashLength), encoded.subarray(1, 1 + oaepHashLength));
		const data = xor(mask(oaepDigest, seed, masked.length), masked);
		const rest = data.subarray(oaepHashLength);
		const start = rest.findIndex(byte => byte !== 0);
		const isRight = encoded[0] === 0x00 && equal(data.subarray(0, oaepHashLength), emptyLabel) && rest[start] === 0x01;
		return isRight ? rest.slice(start + 1) : undefined;
	},
};
