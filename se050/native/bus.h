/* SPDX-License-Identifier: MIT */
/*
 * The bus between the host and the chip (border 1 of docs/architecture.md): whole I2C transactions and time.
 * Nothing above it knows I2C, nothing below it knows T=1.
 */
#ifndef SE050_BUS_H
#define SE050_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
	BUS_OK,
	BUS_NACK, /* the chip did not acknowledge its address or a byte: it is busy, has nothing to say, or is not there */
	/*
	 * The transaction failed in another way that may pass: a NACK that this adapter cannot tell from a failure, a
	 * disturbance, a line held low. How many bytes crossed is not known. bus->reason says what is known.
	 */
	BUS_DISTURBED,
	BUS_ERROR /* the bus is gone, and trying again is useless; bus->reason says why */
} bus_result;

/*
 * Shortest read, in bytes. i2c_master_receive of ESP-IDF v6.0 makes two reads of one byte: first one of 0 bytes, which
 * an SE050 may not survive (erratum I2C.2), then the byte. Nothing needs less: a block is read as 3 + LEN + 2 bytes.
 */
enum { BUS_READ_MIN = 2 };

typedef struct bus bus_t;

struct bus_operations {
	/* One write transaction, START to STOP. Never called with length 0: an empty write stalls an SE050 (erratum I2C.2).
	 */
	bus_result (*write)(bus_t *bus, const uint8_t *frame, size_t length);
	/* One read transaction of exactly length bytes (at least BUS_READ_MIN), START to STOP, never a repeated start. */
	bus_result (*read)(bus_t *bus, uint8_t *buffer, size_t length);
	/* Lets at least that much time pass. */
	bus_result (*sleep)(bus_t *bus, uint32_t microseconds);
	/* Monotonic time in microseconds, from any origin. */
	uint64_t (*now)(bus_t *bus);
	/* Switches the chip off and on by its enable pin; false where none is wired. */
	bool (*restart)(bus_t *bus);
	/* Frees the bus. */
	void (*close)(bus_t *bus);
};

/* What every bus begins with; an implementation puts its own members after it. */
struct bus {
	const struct bus_operations *operations;
	const char *reason; /* of the last BUS_DISTURBED or BUS_ERROR, for a person: cause and remedy */
};

struct bus_options {
	const char *name; /* "sim:/path", "sim:host:port", "/dev/i2c-1"; a platform's bus_open says which it has */
	uint8_t address;  /* 7 bits */
	uint32_t hz;
};

/*
 * Opens the bus that options->name describes, or returns NULL and writes why (cause and remedy, cut to size) to reason.
 * Each platform's build picks one source file that has it.
 */
bus_t *bus_open(const struct bus_options *options, char *reason, size_t size);

static inline bus_result bus_write(bus_t *bus, const uint8_t *frame, size_t length)
{
	return bus->operations->write(bus, frame, length);
}

static inline bus_result bus_read(bus_t *bus, uint8_t *buffer, size_t length)
{
	return bus->operations->read(bus, buffer, length);
}

static inline bus_result bus_sleep(bus_t *bus, uint32_t microseconds)
{
	return bus->operations->sleep(bus, microseconds);
}

static inline uint64_t bus_now(bus_t *bus)
{
	return bus->operations->now(bus);
}

static inline bool bus_restart(bus_t *bus)
{
	return bus->operations->restart != NULL && bus->operations->restart(bus);
}

static inline void bus_close(bus_t *bus)
{
	bus->operations->close(bus);
}

#endif
