// SPDX-License-Identifier: MIT
import { createCipheriv, createDecipheriv } from "node:crypto";

/** AES-128 in the modes of operation that SCP03 uses (SP 800-38A), none of which pads. Lengths in bytes. */

export const blockLength = 16;

/** One block under ECB. */
export function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
	const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
	return new Uint8Array(Buffer.concat([cipher.update(block), cipher.final()]));
}

export function decryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
	const cipher = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
	return new Uint8Array(Buffer.concat([cipher.update(block), cipher.final()]));
}

/** Whole blocks under CBC. */
export function encryptCbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
	const cipher = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
	return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
}

export function decryptCbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
	const cipher = createDecipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
	return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
}
