/* SPDX-License-Identifier: MIT */
/* What an object of the native class Link (link.ts) holds. */
#ifndef SE050_LINK_H
#define SE050_LINK_H

#include "xsmc.h"

#include "bus_count.h"
#include "scp03.h"

/* The command that took longest, whose next answer is then polled for when it is expected. */
struct slowest {
	uint32_t header; /* CLA, INS, P1 and P2, as they lie in memory */
	uint32_t took;	 /* microseconds */
};

struct link {
	struct counting_bus counting; /* between t1 and the platform's bus */
	t1_t t1;
	scp03_t scp03;
	struct slowest slowest;
};

void xs_se050_link_destructor(void *data);

/* The link of this, or NULL after close. */
struct link *link_of(xsMachine *the);

#endif
