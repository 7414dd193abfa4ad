/* SPDX-License-Identifier: MIT */
/* Whole blocks over the bus, inside the data link: polling, guard times, and what waits in the chip's buffer. */
#ifndef SE050_T1_WIRE_H
#define SE050_T1_WIRE_H

#include "t1.h"

/*
 * Polls for a block until the deadline; the polls' schedule counts from asked. Both are times of bus_now. T1_OK: a
 * block with the right NAD, LEN and CRC is in t1->block. T1_BAD_PROTOCOL: something else came; the chip's buffer is
 * empty again. T1_NO_ANSWER: the deadline passed. T1_BUS_ERROR.
 */
t1_result t1_wire_receive(t1_t *t1, uint64_t asked, uint64_t deadline);

/*
 * Writes the block in t1->block, again and again for up to BWT, or t1->patience, while the chip does not acknowledge.
 * once: it makes the chip compute and may not arrive twice, so that it is not written again after BUS_DISTURBED, when
 * it may have arrived.
 */
t1_result t1_wire_write(t1_t *t1, size_t length, bool once);

/* Reads what is left in the chip's buffer until it acknowledges no more: the cure of a half-read answer. */
bus_result t1_wire_drain(t1_t *t1);

#endif
