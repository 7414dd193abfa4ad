/* SPDX-License-Identifier: MIT */
/* Overwrites memory that held secrets. */
#ifndef SE050_WIPE_H
#define SE050_WIPE_H

#include <stddef.h>
#include <stdint.h>

/* Volatile stores, which a compiler may not drop. */
static inline void wipe(void *memory, size_t length)
{
	volatile uint8_t *byte = memory;
	while (length-- > 0)
		*byte++ = 0;
}

#endif
