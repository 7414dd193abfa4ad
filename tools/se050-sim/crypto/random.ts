// SPDX-License-Identifier: MIT
import { createHmac, randomFillSync } from "node:crypto";

/** Where a chip's random numbers come from. */
export interface RandomSource {
	bytes(length: number): Uint8Array;
	/** Whether a run repeats: then signatures are those of RFC 6979. */
	repeats: boolean;
}

/** The machine's random numbers. */
export const systemRandom: RandomSource = {
	bytes: length => randomFillSync(new Uint8Array(length)),
	repeats: false,
};

/** Numbers that a seed repeats, for runs that must repeat: HMAC-SHA-256 over a counter. */
export function repeatableRandom(seed: string): RandomSource {
	let counter = 0;
	const block = (): Buffer => createHmac("sha256", seed).update(String(counter++)).digest();
	const bytes = (length: number): Uint8Array => {
		const blocks = Array.from({ length: Math.ceil(length / 32) }, block);
		return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
	};
	return { bytes, repeats: true };
}
