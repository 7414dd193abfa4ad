/* SPDX-License-Identifier: MIT */
/* The answer to reset of T=1 over I2C (NXP UM11225; layout of GlobalPlatform's APDU Transport over SPI/I2C, section 6).
 */
#ifndef SE050_ATR_H
#define SE050_ATR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct atr {
	uint32_t bwt;	/* block waiting time, microseconds */
	uint32_t guard; /* SEGT: pause between a block and the next one the other way, microseconds */
	uint32_t poll;	/* MPOT: shortest interval between two polls, microseconds */
	uint8_t ifsc;	/* longest INF the chip takes, bytes */
};

/* What holds before an ATR was read: BWT 1 s, IFSC 254, SEGT 100 µs, MPOT 1 ms (the values of every SE050 seen). */
void atr_defaults(struct atr *atr);

/*
 * Reads an ATR: version (1), vendor's RID (5), DLLP length and DLLP (BWT in ms (2), IFSC (2)),
 * PLID (1), PLP length and PLP (for I2C: MCF (2), configuration (1), MPOT in ms (1), RFU (3), SEGT in µs (2), WUT (2)),
 * historical bytes. Returns false, with the defaults in atr, unless it is NXP's and its parts fit in each other.
 * Values out of their range (ISO 7816-3: IFSC 1 to 254) are replaced by the defaults.
 */
bool atr_parse(const uint8_t *data, size_t length, struct atr *atr);

#endif
