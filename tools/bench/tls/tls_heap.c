/* SPDX-License-Identifier: MIT */
#include "tls_heap.h"

#include <stdint.h>
#include <string.h>

/* In front of each block, so that its alignment stays malloc's. */
typedef union {
	struct {
		size_t size;
		size_t epoch;
	};
	max_align_t alignment;
} header_t;

void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static size_t epoch, now, peak, allocations, failing;
static bool held;

void tls_heap_start(void)
{
	epoch++;
	now = peak = allocations = 0;
}

void tls_heap_hold(bool hold)
{
	held = hold;
}

void tls_heap_fail(size_t number)
{
	failing = number ? allocations + number : 0;
}

size_t tls_heap_allocations(void)
{
	return allocations;
}

size_t tls_heap_now(void)
{
	return now;
}

size_t tls_heap_peak(void)
{
	return peak;
}

void *__wrap_malloc(size_t size)
{
	if (size > SIZE_MAX - sizeof(header_t) || ++allocations == failing)
		return NULL;
	header_t *header = __real_malloc(sizeof *header + size);
	if (!header)
		return NULL;
	*header = (header_t){ .size = size, .epoch = epoch };
	now += size;
	peak = now > peak && !held ? now : peak;
	return header + 1;
}

void *__wrap_calloc(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	void *block = __wrap_malloc(count * size);
	return block ? memset(block, 0, count * size) : NULL;
}

void *__wrap_realloc(void *block, size_t size)
{
	void *copy = __wrap_malloc(size);
	if (!copy || !block)
		return copy;
	size_t old = ((header_t *)block - 1)->size;
	memcpy(copy, block, old < size ? old : size);
	__wrap_free(block);
	return copy;
}

void __wrap_free(void *block)
{
	if (!block)
		return;
	header_t *header = (header_t *)block - 1;
	if (header->epoch == epoch)
		now -= header->size;
	__real_free(header);
}
