// SPDX-License-Identifier: MIT
import { createECDH, createHmac, type ECDH } from "node:crypto";
import { concat } from "../../lib/bytes.js";
import { type Curve, curveByName, fromInteger, inverse, type NamedCurve, toInteger } from "./curves.js";

/**
 * ECDSA of a digest that is already there, which `node:crypto` does not offer: it always hashes. The one expensive step,
 * the nonce's point, is an ECDH public key, so that OpenSSL computes it.
 */

export interface EcKey {
	curve: NamedCurve;
	/** Big-endian, as long as a coordinate. */
	privateKey: Uint8Array;
	/** 04, X, Y. */
	publicKey: Uint8Array;
}

/** What signing and key agreement need of a key. */
type PrivateKey = Pick<EcKey, "curve" | "privateKey">;

type Random = (length: number) => Uint8Array;

/** A digest as it comes, s as it comes: a chip neither hashes nor normalises. */
const signatureOptions = { prehash: false, lowS: false, format: "der" } as const;

const agreements = new Map<NamedCurve, ECDH>();

/** An ECDH of OpenSSL's that has this private key. */
function agreement({ name, opensslName }: Curve, privateKey: Uint8Array): ECDH {
	const ecdh = agreements.get(name) ?? createECDH(opensslName);
	agreements.set(name, ecdh);
	ecdh.setPrivateKey(privateKey);
	return ecdh;
}

/** The key pair of a private key; undefined when it is not one (zero, the group's order and above, another length). */
export function ecKeyOf(name: NamedCurve, privateKey: Uint8Array): EcKey | undefined {
	const curve = curveByName[name];
	if (privateKey.length !== curve.fieldLength || !curve.noble.utils.isValidSecretKey(privateKey)) return undefined;
	return { curve: name, privateKey, publicKey: new Uint8Array(agreement(curve, privateKey).getPublicKey()) };
}

/** Whether bytes are a point of a curve, as 04, X, Y. */
export function isPoint(name: NamedCurve, publicKey: Uint8Array): boolean {
	const { fieldLength, noble } = curveByName[name];
	return publicKey.length === 1 + 2 * fieldLength && noble.utils.isValidPublicKey(publicKey, false);
}

/** A new key pair from `random`, which gives as many bytes as it is asked for. */
export function generateEcKey(name: NamedCurve, random: Random): EcKey {
	for (;;) {
		const pair = ecKeyOf(name, random(curveByName[name].fieldLength));
		if (pair) return pair;
	}
}

/** A digest as a number: its leftmost bits, as many as the order has (RFC 6979, 2.3.2). */
const leftmost = (digest: Uint8Array, { fieldLength }: Curve): bigint => toInteger(digest.subarray(0, fieldLength));

/** The nonces that RFC 6979, 3.2, draws for a key and a digest. */
function* repeatableNonces(curve: Curve, privateKey: Uint8Array, digest: Uint8Array): Generator<Uint8Array, never> {
	const { fieldLength, hash, noble } = curve;
	const order = noble.Point.Fn.ORDER;
	const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
		new Uint8Array(
			createHmac(hash, key)
				.update(concat(...parts))
				.digest(),
		);
	const reduced = fromInteger(leftmost(digest, curve) % order, fieldLength);
	let value: Uint8Array = new Uint8Array(fieldLength).fill(1);
	let key: Uint8Array = new Uint8Array(fieldLength);
	for (const step of [0, 1]) {
		key = hmac(key, value, Uint8Array.of(step), privateKey, reduced);
		value = hmac(key, value);
	}
	for (;;) {
		value = hmac(key, value);
		yield value;
		key = hmac(key, value, Uint8Array.of(0));
		value = hmac(key, value);
	}
}

function* randomNonces({ fieldLength }: Curve, random: Random): Generator<Uint8Array, never> {
	for (;;) yield random(fieldLength);
}

/** INTEGER in DER, of a positive number. */
function derInteger(value: bigint): Uint8Array {
	const digits = value.toString(16);
	const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
	const padded = bytes[0]! < 0x80 ? bytes : concat(Uint8Array.of(0), bytes);
	return concat(Uint8Array.of(0x02, padded.length), padded);
}

/**
 * Signs a digest.
 * @param random where the nonce comes from; undefined: the digest decides it (RFC 6979), so that signatures repeat
 * @returns DER ECDSA-Sig-Value
 */
export function ecdsaSign({ curve: name, privateKey }: PrivateKey, digest: Uint8Array, random?: Random): Uint8Array {
	const curve = curveByName[name];
	const order = curve.noble.Point.Fn.ORDER;
	const secret = toInteger(privateKey);
	const nonces = random ? randomNonces(curve, random) : repeatableNonces(curve, privateKey, digest);
	for (;;) {
		const nonce = nonces.next().value;
		const k = toInteger(nonce);
		if (k === 0n || k >= order) continue;
		const point = agreement(curve, nonce).getPublicKey();
		const r = toInteger(point.subarray(1, 1 + curve.fieldLength)) % order;
		const s = (inverse(k, order) * ((leftmost(digest, curve) + r * secret) % order)) % order;
		if (r === 0n || s === 0n) continue;
		const integers = concat(derInteger(r), derInteger(s));
		return concat(Uint8Array.of(0x30, integers.length), integers);
	}
}

/** Whether a DER signature is that of a digest under a public key (04 ‖ X ‖ Y). */
export function ecdsaVerify(
	name: NamedCurve,
	publicKey: Uint8Array,
	digest: Uint8Array,
	signature: Uint8Array,
): boolean {
	const { fieldLength, noble } = curveByName[name];
	const longestSignature = 8 + 2 * fieldLength;
	return signature.length <= longestSignature && noble.verify(signature, digest, publicKey, signatureOptions);
}

/** The x coordinate of the shared point (SP 800-56A, 5.7.1.2); undefined when `peer` is no point of the curve. */
export function sharedSecret({ curve: name, privateKey }: PrivateKey, peer: Uint8Array): Uint8Array | undefined {
	return isPoint(name, peer) ? new Uint8Array(agreement(curveByName[name], privateKey).computeSecret(peer)) : undefined;
}
