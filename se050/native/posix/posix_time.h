/* SPDX-License-Identifier: MIT */
/* Time for the buses that live in the machine's own. */
#ifndef SE050_POSIX_TIME_H
#define SE050_POSIX_TIME_H

#include <stdint.h>

/* Sleeps at least that long, whatever signals come. */
void posix_sleep(uint32_t microseconds);

/* Microseconds of the monotonic clock. */
uint64_t posix_now(void);

#endif
