// SPDX-License-Identifier: MIT
import { createPrivateKey } from "node:crypto";
import { inverse, toInteger } from "./curves.js";
import { type RsaKey, rsaKeyPair } from "./rsa.js";

/** An RSA private key from its primes. Throws where OpenSSL takes none of these numbers for a key. */
export function keyFromPrimes(p: bigint, q: bigint, publicExponent: bigint, crt: boolean): RsaKey {
	const d = inverse(publicExponent, (p - 1n) * (q - 1n));
	const text = (value: bigint): string => {
		const digits = value.toString(16);
		return Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex").toString("base64url");
	};
	const key = {
		kty: "RSA",
		n: text(p * q),
		e: text(publicExponent),
		d: text(d),
		p: text(p),
		q: text(q),
		dp: text(d % (p - 1n)),
		dq: text(d % (q - 1n)),
		qi: text(inverse(q, p)),
	};
	return rsaKeyPair(
		new Uint8Array(createPrivateKey({ key, format: "jwk" }).export({ format: "der", type: "pkcs8" })),
		crt,
	);
}

/** An imported key pair's numbers, big-endian; those of its form are there. */
export interface RsaComponents {
	modulus: Uint8Array;
	publicExponent: Uint8Array;
	/** With CRT. */
	primes?: { p: Uint8Array; q: Uint8Array; dp: Uint8Array; dq: Uint8Array; inverseOfQ: Uint8Array };
	/** Without. */
	privateExponent?: Uint8Array;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
	let result = 1n;
	for (let [square, rest] = [base % modulus, exponent]; rest > 0n; rest >>= 1n, square = (square * square) % modulus)
		if (rest & 1n) result = (result * square) % modulus;
	return result;
}

/** The primes of a modulus by both exponents (SP 800-56B, appendix C.1); undefined where they do not belong together. */
function primesOf(n: bigint, e: bigint, d: bigint): readonly [bigint, bigint] | undefined {
	let odd = e * d - 1n;
	let halvings = 0;
	for (; odd > 0n && (odd & 1n) === 0n; odd >>= 1n) halvings++;
	for (let base = 2n; base < 102n; base++) {
		let value = power(base, odd, n);
		for (let step = 0; step < halvings; step++) {
			const square = (value * value) % n;
			if (square === 1n && value !== 1n && value !== n - 1n) {
				const p = greatestDivisor(value - 1n, n);
				return [p, n / p];
			}
			value = square;
		}
	}
	return undefined;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
	let [divisor, rest] = [a, b];
	while (rest !== 0n) [divisor, rest] = [rest, divisor % rest];
	return divisor;
}

/** The key pair that components make; undefined where they do not belong together. */
export function keyFromComponents({
	modulus,
	publicExponent,
	primes,
	privateExponent,
}: RsaComponents): RsaKey | undefined {
	const [n, e] = [toInteger(modulus), toInteger(publicExponent)];
	const pair = primes
		? ([toInteger(primes.p), toInteger(primes.q)] as const)
		: primesOf(n, e, toInteger(privateExponent ?? new Uint8Array(0)));
	if (!pair) return undefined;
	const [p, q] = pair;
	if (p < 3n || q < 3n || p === q || p * q !== n || greatestDivisor(e, (p - 1n) * (q - 1n)) !== 1n) return undefined;
	const d = inverse(e, (p - 1n) * (q - 1n));
	if (
		primes &&
		(toInteger(primes.dp) !== d % (p - 1n) ||
			toInteger(primes.dq) !== d % (q - 1n) ||
			toInteger(primes.inverseOfQ) !== inverse(q, p))
	)
		return undefined;
	return keyFromPrimes(p, q, e, primes !== undefined);
}
