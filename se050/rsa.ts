// SPDX-License-Identifier: MIT
import { concatenate, u32 } from "./bytes.js";
import { frozen } from "./frozen.js";

/**
 * Encodings of RSA signatures (RFC 8017, 9) that the host makes when it has only a digest: the chip's own RSASign hashes
 * the message itself (AN12413), so that what a TLS client signs goes through RSADecrypt without padding, the bare private
 * operation. NXP's middleware does the same (sss_se05x_asymmetric_sign_digest).
 */

/** Makes a digest of bytes. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Digest's length in bytes, the last byte of the hash's object identifier (2.16.840.1.101.3.4.2.n), DigestOneShot's mode. */
interface HashParameters {
	readonly length: number;
	readonly arc: number;
	/** AN12413, table "DigestMode". */
	readonly mode: number;
}

const hashes = frozen({
	"SHA-256": { length: 32, arc: 1, mode: 0x04 },
	"SHA-384": { length: 48, arc: 2, mode: 0x05 },
	"SHA-512": { length: 64, arc: 3, mode: 0x06 },
} satisfies Record<string, HashParameters>);

/** @throws {RangeError} no RSA signature is made with that hash here */
export function hashParameters(hashName: string): HashParameters {
	for (const [name, parameters] of Object.entries(hashes)) if (name === hashName) return parameters;
	throw new RangeError(`no RSA signature is made with "${hashName}": use one of ${Object.keys(hashes).join(", ")}`);
}

function checkedParameters(hashName: string, digest: Uint8Array): HashParameters {
	const parameters = hashParameters(hashName);
	if (digest.length !== parameters.length)
		throw new RangeError(`a digest of ${hashName} has ${parameters.length} bytes, not ${digest.length}`);
	return parameters;
}

/** DigestInfo of RSASSA-PKCS1-v1_5 (RFC 8017, 9.2, note 1): DER, the algorithm with NULL parameters, then the digest. */
function digestInfo({ length, arc }: HashParameters, digest: Uint8Array): Uint8Array {
	const algorithm = [0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00];
	return concatenate(Uint8Array.of(0x30, algorithm.length + 2 + length, ...algorithm, 0x04, length), digest);
}

/**
 * EMSA-PKCS1-v1_5 (RFC 8017, 9.2): 00 01 FF … FF 00 DigestInfo.
 * @param byteLength length of the modulus
 * @throws {RangeError} hash or digest do not go, or the key is too short for them
 */
export function encodePkcs1(hashName: string, digest: Uint8Array, byteLength: number): Uint8Array {
	const info = digestInfo(checkedParameters(hashName, digest), digest);
	const paddingLength = byteLength - info.length - 3;
	if (paddingLength < 8) throw new RangeError(`an RSA key of ${byteLength} bytes is too short for ${hashName}`);
	return concatenate(Uint8Array.of(0x00, 0x01), new Uint8Array(paddingLength).fill(0xff), Uint8Array.of(0x00), info);
}

/** MGF1 (RFC 8017, B.2.1). */
function mask(seed: Uint8Array, byteLength: number, hash: Hash): Uint8Array {
	const whole = new Uint8Array(byteLength);
	for (let offset = 0, counter = 0; offset < byteLength; counter++) {
		const part = hash(concatenate(seed, u32(counter))).subarray(0, byteLength - offset);
		whole.set(part, offset);
		offset += part.length;
	}
	return whole;
}

/**
 * EMSA-PSS (RFC 8017, 9.1.1) with MGF1 of the same hash and a salt as long as the digest, as TLS 1.3 wants it (RFC 8446,
 * 4.2.3).
 * @param byteLength length of a modulus whose highest bit is set, as those of 2048 and 4096 bits have it
 * @throws {RangeError} hash, digest or salt do not go, or the key is too short for them
 */
export function encodePss(
	hashName: string,
	digest: Uint8Array,
	byteLength: number,
	salt: Uint8Array,
	hash: Hash,
): Uint8Array {
	const { length } = checkedParameters(hashName, digest);
	const maskedLength = byteLength - length - 1;
	const zeros = maskedLength - length - 1;
	if (zeros < 0 || salt.length !== length)
		throw new RangeError(
			`${hashName} with a salt of ${salt.length} bytes does not fit an RSA key of ${byteLength} bytes`,
		);
	const seed = hash(concatenate(new Uint8Array(8), digest, salt));
	const masked = mask(seed, maskedLength, hash);
	concatenate(new Uint8Array(zeros), Uint8Array.of(0x01), salt).forEach(
		(byte, index) => (masked[index] = (masked[index] ?? 0) ^ byte),
	);
	masked[0] = (masked[0] ?? 0) & 0x7f;
	return concatenate(masked, seed, Uint8Array.of(0xbc));
}
