// SPDX-License-Identifier: MIT
/** What the polynomial makes of each value of a byte. */
const table = Uint16Array.from({ length: 256 }, (_, value) => {
	let crc = value;
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
	return crc;
});

/**
 * CRC-16/X-25: polynomial 0x1021 reflected (0x8408), start 0xFFFF, result inverted.
 * UM11225 (T=1 over I2C) puts it behind each block, low byte first.
 */
export function crc16(bytes: Uint8Array): number {
	let crc = 0xffff;
	for (const byte of bytes) crc = (crc >> 8) ^ table[(crc ^ byte) & 0xff]!;
	return crc ^ 0xffff;
}
