// SPDX-License-Identifier: MIT
/**
 * ECDSA over P-256 (FIPS 186-5, SEC 1), in the plainest way, as a key for tests: neither fast nor safe against timing.
 * @module
 */
const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

interface Point {
	x: bigint;
	y: bigint;
}

const g: Point = {
	x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
	y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

function modulo(a: bigint, m: bigint): bigint {
	const rest = a % m;
	return rest < 0n ? rest + m : rest;
}

function inverse(a: bigint, m: bigint): bigint {
	let [r0, r1, s0, s1] = [m, modulo(a, m), 0n, 1n];
	while (r1 > 0n) {
		const quotient = r0 / r1;
		[r0, r1, s0, s1] = [r1, r0 - quotient * r1, s1, s0 - quotient * s1];
	}
	return modulo(s0, m);
}

function add(a: Point | undefined, b: Point): Point {
	if (a === undefined) return b;
	const slope = a.x === b.x ? (3n * a.x * a.x - 3n) * inverse(2n * a.y, p) : (b.y - a.y) * inverse(b.x - a.x, p);
	const x = modulo(slope * slope - a.x - b.x, p);
	return { x, y: modulo(slope * (a.x - x) - a.y, p) };
}

function multiply(k: bigint): Point {
	let result: Point | undefined,
		power = g;
	for (; k > 0n; k >>= 1n, power = add(power, power)) if (k & 1n) result = add(result, power);
	return result as Point;
}

function toInteger(bytes: Uint8Array): bigint {
	return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function derInteger(value: bigint): number[] {
	const bytes: number[] = [];
	for (; value > 0n; value >>= 8n) bytes.unshift(Number(value & 0xffn));
	if ((bytes[0] as number) & 0x80) bytes.unshift(0);
	return [0x02, bytes.length, ...bytes];
}

/** Signs a digest with a private key in hexadecimal; DER ECDSA-Sig-Value. The nonce is the key's and the digest's sum. */
export function sign(privateKey: string, digest: Uint8Array): Uint8Array {
	const d = BigInt(`0x${privateKey}`);
	const z = toInteger(digest.subarray(0, 32));
	const k = modulo(d + z, n - 1n) + 1n;
	const r = modulo(multiply(k).x, n);
	const s = modulo(inverse(k, n) * (z + r * d), n);
	const body = [...derInteger(r), ...derInteger(s)];
	return Uint8Array.of(0x30, body.length, ...body);
}
