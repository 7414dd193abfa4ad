// SPDX-License-Identifier: MIT
import { frozen } from "./frozen.js";

/** The CRC of each value of four bits: a table of 16 entries is a fair price for half the steps. */
const table = frozen([
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
	0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]);

/** CRC-32 as in IEEE 802.3 and zlib: polynomial 0x04C11DB7 reflected, initial value and final XOR 0xFFFFFFFF. */
export function crc32(bytes: Uint8Array): number {
	let crc = -1;
	for (const byte of bytes) {
		crc ^= byte;
		crc = (crc >>> 4) ^ (table[crc & 15] as number);
		crc = (crc >>> 4) ^ (table[crc & 15] as number);
	}
	return ~crc >>> 0;
}
