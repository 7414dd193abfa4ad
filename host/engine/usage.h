/* SPDX-License-Identifier: MIT */
/*
 * Memory in use at this moment.
 */
#ifndef HOST_USAGE_H
#define HOST_USAGE_H

#include <stddef.h>

#include "xs.h"

/* All in bytes. */
typedef struct {
	/* Of JavaScript: garbage counts until it is collected. */
	size_t slots, chunks;
	/* Allocated outside of the JavaScript heap, by natives and libraries. */
	size_t native;
} usage_t;

usage_t usage_now(xsMachine *the);

#endif
