// SPDX-License-Identifier: MIT
import { checkPrimeSync } from "node:crypto";
import type { RsaKey } from "./rsa.js";
import { keyFromPrimes } from "./rsa-components.js";

/**
 * Generation of RSA keys from a random source that may repeat, which `node:crypto` does not offer. It returns how many
 * candidates it tested, as that is what takes a chip its time.
 */

/** 65537, as parts choose it. */
const publicExponent = 65537n;

/** Candidates that one of these divides are not worth a test. */
const smallPrimes = primesBelow(1000);

/** Rounds of Miller and Rabin's test for a random candidate: FIPS 186-5, table B.1, asks for fewer. */
const rounds = 8;

/** How far from where it began a search goes before it begins elsewhere; a prime is some hundred steps away. */
const longestSearch = 20_000;

export interface GeneratedRsaKey {
	key: RsaKey;
	/** Candidates for a prime that were tested. */
	tests: number;
}

interface Prime {
	value: bigint;
	tests: number;
}

/**
 * A new key pair.
 * @param size in bits, even
 * @param random gives as many bytes as it is asked for
 * @param crt how the chip keeps the private key
 */
export function generateRsaKeyPair(
	size: number,
	random: (length: number) => Uint8Array,
	crt: boolean,
): GeneratedRsaKey {
	const p = findPrime(size / 2, random);
	for (let tests = p.tests; ; ) {
		const q = findPrime(size / 2, random);
		tests += q.tests;
		if (q.value !== p.value) return { key: keyFromPrimes(p.value, q.value, publicExponent, crt), tests };
	}
}

/** A prime whose two highest bits are set, so that the product of two has its full length. */
function findPrime(bits: number, random: (length: number) => Uint8Array): Prime {
	for (let tests = 0; ; ) {
		const start = startingPoint(bits, random);
		const residues = smallPrimes.map(prime => Number(start % BigInt(prime)));
		for (let step = 0; step < longestSearch; step += 2) {
			if (smallPrimes.some((prime, index) => (residues[index]! + step) % prime === 0)) continue;
			const candidate = start + BigInt(step);
			tests++;
			if (candidate % publicExponent !== 1n && checkPrimeSync(candidate, { checks: rounds }))
				return { value: candidate, tests };
		}
	}
}

/** A random odd number with the two highest of its bits set, and room for a search above it. */
function startingPoint(bits: number, random: (length: number) => Uint8Array): bigint {
	const drawn = BigInt(`0x${Buffer.from(random(Math.ceil(bits / 8))).toString("hex")}`);
	const low = drawn & ((1n << BigInt(bits - 2)) - 1n) & ~(1n << BigInt(bits - 3));
	return (3n << BigInt(bits - 2)) | low | 1n;
}

/** Odd primes: candidates are odd. */
function primesBelow(limit: number): number[] {
	const primes: number[] = [];
	for (let candidate = 3; candidate < limit; candidate += 2)
		if (primes.every(prime => candidate % prime !== 0)) primes.push(candidate);
	return primes;
}
