/* SPDX-License-Identifier: MIT */
/*
 * The block format of T=1 over I2C after NXP UM11225:
 * NAD (1), PCB (1), LEN (1), INF (LEN, at most 254), CRC (2, low byte first).
 */
#ifndef SE050_BLOCK_H
#define SE050_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BLOCK_NAD_TO_CHIP = 0x5A,
	BLOCK_NAD_TO_HOST = 0xA5,

	BLOCK_HEADER = 3,
	BLOCK_CRC = 2,
	BLOCK_MIN = BLOCK_HEADER + BLOCK_CRC,
	BLOCK_INF_MAX = 254,
	BLOCK_MAX = BLOCK_MIN + BLOCK_INF_MAX,

	/* PCB of an I-block: 0 N(S) M 0 0 0 0 0 */
	BLOCK_I_NS = 0x40,
	BLOCK_I_MORE = 0x20,
	BLOCK_I_RFU = 0x1F,
	/* PCB of an R-block: 1 0 0 N(R) 0 0 and two error bits */
	BLOCK_R = 0x80,
	BLOCK_R_NR = 0x10,
	BLOCK_R_CRC_ERROR = 0x01,
	BLOCK_R_OTHER_ERROR = 0x02,
	BLOCK_R_RFU = 0x2C,
	/* PCB of an S-block: 1 1 response and a code of five bits */
	BLOCK_S = 0xC0,
	BLOCK_S_RESPONSE = 0x20,
	BLOCK_S_RESYNC = 0x00,
	BLOCK_S_IFS = 0x01,
	BLOCK_S_ABORT = 0x02,
	BLOCK_S_WTX = 0x03,
	BLOCK_S_SOFT_RESET = 0x0F
};

/* CRC-16/X-25 (polynomial 0x1021 reflected, initial value and final XOR 0xFFFF). */
uint16_t block_crc(const uint8_t *data, size_t length);

/* Writes the block to frame (BLOCK_MAX bytes) and returns its length, at most BLOCK_MAX. length is at most
 * BLOCK_INF_MAX. */
size_t block_build(uint8_t *frame, uint8_t pcb, const uint8_t *inf, size_t length);

/* Whether a frame's first three bytes can begin a block of the chip: its NAD and a LEN that exists. */
static inline bool block_header_valid(const uint8_t *frame)
{
	return frame[0] == BLOCK_NAD_TO_HOST && frame[2] <= BLOCK_INF_MAX;
}

/* Whether a received block, complete by its LEN, carries the right CRC. */
bool block_crc_valid(const uint8_t *frame);

static inline bool block_is_i(uint8_t pcb)
{
	return (pcb & 0x80) == 0;
}
static inline bool block_is_r(uint8_t pcb)
{
	return (pcb & 0xC0) == BLOCK_R;
}
static inline bool block_is_s(uint8_t pcb)
{
	return (pcb & 0xC0) == BLOCK_S;
}

#endif
