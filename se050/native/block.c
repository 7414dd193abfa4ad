/* SPDX-License-Identifier: MIT */
#include "block.h"

#include <string.h>

enum {
	CRC_POLYNOMIAL_REFLECTED = 0x8408,
	CRC_RESIDUE = 0x0F47 /* the CRC of anything followed by its CRC */
};

uint16_t block_crc(const uint8_t *data, size_t length)
{
	uint_fast16_t crc = 0xFFFF;
	for (size_t i = 0; i < length; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) ? (crc >> 1) ^ CRC_POLYNOMIAL_REFLECTED : crc >> 1;
	}
	return (uint16_t)(crc ^ 0xFFFF);
}

size_t block_build(uint8_t *frame, uint8_t pcb, const uint8_t *inf, size_t length)
{
	frame[0] = BLOCK_NAD_TO_CHIP;
	frame[1] = pcb;
	frame[2] = (uint8_t)length;
	if (length > 0)
		memcpy(frame + BLOCK_HEADER, inf, length);
	uint16_t crc = block_crc(frame, BLOCK_HEADER + length);
	frame[BLOCK_HEADER + length] = (uint8_t)crc;
	frame[BLOCK_HEADER + length + 1] = (uint8_t)(crc >> 8);
	return BLOCK_MIN + length;
}

bool block_crc_valid(const uint8_t *frame)
{
	return block_crc(frame, (size_t)BLOCK_MIN + frame[2]) == CRC_RESIDUE;
}
