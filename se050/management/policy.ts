// SPDX-License-Identifier: MIT
import { concatenate, u32 } from "../bytes.js";

/**
 * Rights in an entry of an object's policy, a bit each (AN12413, 3.7.4, "access rules"; NXP's se05x_const.h, POLICY_OBJ_*).
 * `require…` and `forbidAll` take away; the others give.
 */
export const rights = {
	forbidAll: 0x20000000,
	sign: 0x10000000,
	verify: 0x08000000,
	agree: 0x04000000,
	encrypt: 0x02000000,
	decrypt: 0x01000000,
	derive: 0x00800000,
	wrap: 0x00400000,
	read: 0x00200000,
	write: 0x00100000,
	generate: 0x00080000,
	delete: 0x00040000,
	requireSecureMessaging: 0x00020000,
	requirePcr: 0x00010000,
	attest: 0x00008000,
	importExport: 0x00001000,
} as const;

export type Right = keyof typeof rights;

/** What an authenticated user may do with an object. */
export interface PolicyEntry {
	/** The authentication object that opens the session; 0 foreverybody, without a session too. */
	readonly user: number;
	/** Bits of `rights`. */
	readonly rights: number;
}

/** One policy entry without extension: id of the authentication object (4), access rules (4). */
const entryLength = 8;

/** The value of TAG_POLICY: for each entry its length and what is in it. */
export function encodePolicy(entries: readonly PolicyEntry[]): Uint8Array {
	return concatenate(
		...entries.flatMap(({ user, rights: bits }) => [Uint8Array.of(entryLength), u32(user), u32(bits)]),
	);
}

/** The names of rights that are set; one that has no name here as its bit. */
export function rightNames(bits: number): string[] {
	const known = Object.entries(rights).filter(([, bit]) => (bits & bit) !== 0);
	const unknown = (bits & ~known.reduce((sum, [, bit]) => sum | bit, 0)) >>> 0;
	return [...known.map(([name]) => name), ...(unknown === 0 ? [] : [`0x${unknown.toString(16)}`])];
}
