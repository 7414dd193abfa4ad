/* SPDX-License-Identifier: MIT */
/*
 * The bus between the host and the chip (border 1 of docs/architecture.md): whole I2C transactions and time.
 * Nothing above it knows I2C, nothing below it knows T=1.
 */
#ifndef SE050_BUS_H
#define SE050_BUS_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
	BUS_OK,
	BUS_NACK, /* the chip did not acknowledge its address or a byte: it is busy, has nothing to say, or is not there */
	BUS_ERROR /* the bus itself failed; bus->reason says how */
} bus_result;

typedef struct bus bus_t;

struct bus_operations {
	/* One write transaction, START to STOP. Never called with length 0: an empty write stalls an SE050 (erratum I2C.2).
	 */
	bus_result (*write)(bus_t *bus, const uint8_t *frame, size_t length);
	/* One read transaction of exactly length bytes (length > 0), START to STOP, never a repeated start. */
	bus_result (*read)(bus_t *bus, uint8_t *buffer, size_t length);
	/* Lets at least that much time pass. */
	bus_result (*sleep)(bus_t *bus, uint32_t microseconds);
	/* Monotonic time in microseconds, from any origin. */
	uint64_t (*now)(bus_t *bus);
	/* Frees the bus. */
	void (*close)(bus_t *bus);
};

/* What every bus begins with; an implementation puts its own members behind it. */
struct bus {
	const struct bus_operations *operations;
	const char *reason; /* why the last BUS_ERROR, for a person: cause and remedy; valid until the next call */
};

struct bus_options {
	const char *name; /* "sim:/path", "sim:host:port", "/dev/i2c-1"; what a platform knows is in its bus_open */
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

static inline void bus_close(bus_t *bus)
{
	bus->operations->close(bus);
}

#endif
