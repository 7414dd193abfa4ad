/* SPDX-License-Identifier: MIT */
/* A bus that passes everything to another one and counts it: what the self-test prints about the wires. */
#ifndef SE050_BUS_COUNT_H
#define SE050_BUS_COUNT_H

#include "bus.h"

/* Since bus_count_init. */
struct bus_counts {
	uint64_t writes; /* transactions, whatever became of them */
	uint64_t reads;
	uint64_t nacked;	/* transactions that were not acknowledged, polls of a chip that computes among them */
	uint64_t errors;	/* transactions and sleeps that ended in BUS_DISTURBED or BUS_ERROR */
	uint64_t bytes_out; /* of transactions that ended in BUS_OK, address bytes not included */
	uint64_t bytes_in;
};

struct counting_bus {
	bus_t base;
	bus_t *inner;
	struct bus_counts counts;
};

/* Takes over an open bus: closing bus closes inner. bus itself stays the caller's memory. */
void bus_count_init(struct counting_bus *bus, bus_t *inner);

#endif
