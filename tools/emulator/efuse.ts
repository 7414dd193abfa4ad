// SPDX-License-Identifier: MIT
/** Bytes of an ESP32's eFuses as QEMU's nvram.esp32.efuse takes them: four blocks. */
const size = 124;
/** Offset of the MAC address in block 0 (ESP32 technical reference manual, "eFuse Controller"), last byte first; its CRC-8 follows. */
const macOffset = 4;
/** Bits of chip revision 3: CHIP_VER_REV1 in word 3 and CHIP_VER_REV2 in word 5 of block 0. ESP-IDF v6.0 starts from revision 0 on. */
const revisionBits = [
	{ offset: 12, bits: 0x8000 },
	{ offset: 20, bits: 0x100000 },
] as const;
/** Espressif's prefix; the rest numbers the emulated boards. */
const macPrefix = [0x24, 0x0a, 0xc4, 0x00, 0x01] as const;

/** CRC-8 of Dallas/Maxim (polynomial 0x31, reflected), with which an ESP32 checks its MAC address. */
export function crc8(bytes: Uint8Array): number {
	let crc = 0;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8c : crc >> 1;
	}
	return crc;
}

/** The eFuses of an emulated board of its own. @param index from 0 to 239 */
export function makeEfuses(index: number): Buffer {
	const bytes = Buffer.alloc(size);
	const mac = Buffer.from([...macPrefix, 0x10 + index]);
	bytes.set(Buffer.from(mac).reverse(), macOffset);
	bytes[macOffset + mac.length] = crc8(mac);
	for (const { offset, bits } of revisionBits) bytes.writeUInt32LE(bits, offset);
	return bytes;
}
