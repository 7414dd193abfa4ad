/* SPDX-License-Identifier: MIT */
/* Counts what malloc, calloc and free move, in a program linked with -Wl,--wrap for them. Bytes as they were asked
 * for. */
#ifndef TLS_HEAP_H
#define TLS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Counts from here; what was allocated before is left out. */
void tls_heap_start(void);

/* Whether the peak is left alone: for what the test itself allocates in between. */
void tls_heap_hold(bool hold);

/* From here, the allocation of that number (1: the next) fails, and only that; 0: none. */
void tls_heap_fail(size_t number);

/* Allocations since tls_heap_start(). */
size_t tls_heap_allocations(void);

/* Bytes in use. */
size_t tls_heap_now(void);

/* Most bytes that were in use. */
size_t tls_heap_peak(void);

#endif
