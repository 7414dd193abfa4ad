/* A bus whose chip answers with the fuzzer's bytes, in virtual time. It begins with a good answer to the reset. */
#ifndef FUZZ_BUS_H
#define FUZZ_BUS_H

#include "bus.h"

#include <stdbool.h>

struct fuzz_bus {
	bus_t base;
	uint64_t time;
	const uint8_t *input;
	size_t left;
	bool greeted;		/* the answer to the reset was given */
	bool nack;
	uint8_t pending[300];
	size_t pending_length;
	size_t pending_offset;
};

void fuzz_bus_init(struct fuzz_bus *bus, const uint8_t *input, size_t size);

#endif
