// SPDX-License-Identifier: MIT
/** Bytes of seed that `seededRandom` takes. */
export const seedByteLength = 16;

/**
 * A uniform source in [0, 1) from a seed: xoshiro128** (Blackman and Vigna, 2018). For jitter, not for secrets: it keeps
 * devices that lost power together from coming back together. It cannot fail.
 * @param seed 16 bytes; all zero, which the algorithm cannot leave, counts as another seed
 */
export function seededRandom(seed: Uint8Array): () => number {
	if (seed.length !== seedByteLength) throw new RangeError(`a seed has ${seedByteLength} bytes, not ${seed.length}`);
	const view = new DataView(seed.buffer, seed.byteOffset, seedByteLength);
	let [a, b, c, d] = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
	if ((a | b | c | d) === 0) d = 1;
	return () => {
		const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
		const shifted = b << 9;
		c ^= a;
		d ^= b;
		b ^= c;
		a ^= d;
		c ^= shifted;
		d = rotateLeft(d, 11);
		return result / 2 ** 32;
	};
}

function rotateLeft(value: number, count: number): number {
	return (value << count) | (value >>> (32 - count));
}
