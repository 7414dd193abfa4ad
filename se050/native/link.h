/* SPDX-License-Identifier: MIT */
/* What an object of the native class Link (link.ts) holds. */
#ifndef SE050_LINK_H
#define SE050_LINK_H

#include "xsmc.h"

#include "bus_count.h"
#include "scp03.h"

/* How long a command took last; its next answer is polled for when it is expected. */
struct timing {
	uint64_t name; /* eight bytes of the command, as they lie in memory: P2, Lc and the object's id */
	uint32_t took; /* microseconds */
};

enum { LINK_TIMINGS = 4 };

struct link {
	struct counting_bus counting; /* between t1 and the platform's bus */
	t1_t t1;
	scp03_t scp03;
	struct timing timings[LINK_TIMINGS]; /* by INS: what signs, what reads and what manages do not evict each other */
};

void xs_se050_link_destructor(void *data);

/* The link of this, or NULL after close. */
struct link *link_of(xsMachine *the);

#endif
