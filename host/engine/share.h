/* SPDX-License-Identifier: MIT */
/*
 * A machine whose heap is shared, read-only, by clones of it.
 */
#ifndef HOST_SHARE_H
#define HOST_SHARE_H

#include <stddef.h>

#include "xs.h"

/* All in bytes but the count of collections. */
typedef struct {
	/* One slot. */
	size_t slot;
	/* Most in use at one time. */
	size_t slots, chunks, stack;
	/* Allocated for them. */
	size_t reserved_slots, reserved_chunks, reserved_stack;
	unsigned collections;
} share_peaks_t;

/* Takes stock of what a machine's built-ins have, before modules are imported that shall be shared. */
void share_begin(xsMachine *root);
/* Collects garbage; names an instance that has come since share_begin() and cannot be shared, or returns NULL. */
const char *share_obstacle(xsMachine *root);
/* Shares the root and makes a clone; NULL when there is no memory. */
xsMachine *share_clone(xsMachine *root, const xsCreation *creation);

share_peaks_t share_peaks(xsMachine *the);

#endif
