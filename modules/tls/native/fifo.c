/* SPDX-License-Identifier: MIT */
#include "fifo.h"

#include <mbedtls/platform_util.h>
#include <stdlib.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool fifo_open(fifo_t *fifo, size_t capacity)
{
	*fifo = (fifo_t){ .bytes = malloc(capacity), .capacity = capacity };
	return fifo->bytes != NULL;
}

void fifo_close(fifo_t *fifo)
{
	if (fifo->bytes)
		mbedtls_platform_zeroize(fifo->bytes, fifo->capacity);
	free(fifo->bytes);
	*fifo = (fifo_t){ 0 };
}

size_t fifo_room(const fifo_t *fifo)
{
	return fifo->capacity - fifo->size;
}

size_t fifo_write(fifo_t *fifo, const uint8_t *data, size_t size)
{
	size_t count = least(size, fifo_room(fifo));
	if (count == 0)
		return 0;
	size_t tail = (fifo->head + fifo->size) % fifo->capacity;
	size_t first = least(count, fifo->capacity - tail);
	memcpy(fifo->bytes + tail, data, first);
	memcpy(fifo->bytes, data + first, count - first);
	fifo->size += count;
	return count;
}

size_t fifo_read(fifo_t *fifo, uint8_t *data, size_t size)
{
	size_t count = least(size, fifo->size);
	if (count == 0)
		return 0;
	size_t first = least(count, fifo->capacity - fifo->head);
	memcpy(data, fifo->bytes + fifo->head, first);
	memcpy(data + first, fifo->bytes, count - first);
	fifo->head = (fifo->head + count) % fifo->capacity;
	fifo->size -= count;
	return count;
}
