/* SPDX-License-Identifier: MIT */
#include "posix_time.h"

#include <errno.h>
#include <time.h>

enum { MICROSECONDS = 1000000 };

void posix_sleep(uint32_t microseconds)
{
	struct timespec left = { .tv_sec = (time_t)(microseconds / MICROSECONDS),
		.tv_nsec = (long)(microseconds % MICROSECONDS) * 1000 };
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

uint64_t posix_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * MICROSECONDS + (uint64_t)now.tv_nsec / 1000;
}
