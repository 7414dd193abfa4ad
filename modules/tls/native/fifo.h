/* SPDX-License-Identifier: MIT */
/* A bounded byte queue: one block, allocated once. */
#ifndef TLS_FIFO_H
#define TLS_FIFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint8_t *bytes;
	size_t capacity;
	size_t head; /* index of the oldest byte */
	size_t size; /* bytes held */
} fifo_t;

/* Allocates `capacity` bytes (not 0). False: no memory. */
bool fifo_open(fifo_t *fifo, size_t capacity);

/* Wipes and frees; a zeroed or closed queue may be closed again. */
void fifo_close(fifo_t *fifo);

/* Bytes that fifo_write() still takes. */
size_t fifo_room(const fifo_t *fifo);

/* Appends as much of `data` as there is room for; returns how much. */
size_t fifo_write(fifo_t *fifo, const uint8_t *data, size_t size);

/* Removes up to `size` of the oldest bytes into `data`; returns how many. */
size_t fifo_read(fifo_t *fifo, uint8_t *data, size_t size);

#endif
