/* SPDX-License-Identifier: MIT */
/* A bus whose chip answers with the fuzzer's bytes, in virtual time, and is a good one before and behind them. */
#ifndef FUZZ_BUS_H
#define FUZZ_BUS_H

#include "bus.h"

#include <stdbool.h>

struct fuzz_bus {
	bus_t base;
	uint64_t time;
	const uint8_t *input;
	size_t left;
	bool greets;		/* the next write is a reset, to be answered well */
	bool healthy;		/* all is answered well, every command by 9000 */
	bool ns;			/* N(S) of a healthy chip's next I-block */
	bool nack;			/* of the next read */
	bus_result failure; /* of the next transaction */
	uint64_t silent_until;
	uint8_t pending[300];
	size_t pending_length;
	size_t pending_offset;
};

/* greets: whether the first write is answered by a good ATR, or by the fuzzer's bytes as all the others. */
void fuzz_bus_init(struct fuzz_bus *bus, const uint8_t *input, size_t size, bool greets);

/* From here on the chip is as after power-up, and nothing disturbs it. */
void fuzz_bus_heal(struct fuzz_bus *bus);

#endif
