// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { concat, fromUnsigned } from "../../lib/bytes.js";

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

/**
 * EMSA-PSS (RFC 8017, 9.1.1) for a modulus of whole bytes, with a salt as long as the digest. The salt comes from the
 * caller, so that a run can repeat, which `node:crypto` does not offer. Undefined where the modulus is too short.
 */
export function encodePss(
	digest: string,
	message: Uint8Array,
	length: number,
	random: (length: number) => Uint8Array,
): Uint8Array | undefined {
	const messageHash = hash(digest, message);
	const saltLength = messageHash.length;
	if (length < messageHash.length + saltLength + 2) return undefined;
	const salt = random(saltLength);
	const seed = hash(digest, new Uint8Array(8), messageHash, salt);
	const data = concat(new Uint8Array(length - 2 * saltLength - 2), Uint8Array.of(0x01), salt);
	const masked = mask(digest, seed, data.length).map((byte, index) => byte ^ data[index]!);
	masked[0]! &= 0x7f;
	return concat(masked, seed, Uint8Array.of(0xbc));
}
