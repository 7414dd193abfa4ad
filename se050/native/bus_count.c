/* SPDX-License-Identifier: MIT */
#include "bus_count.h"

static struct counting_bus *counting(bus_t *base)
{
	return (struct counting_bus *)base;
}

static bus_result note(struct counting_bus *bus, bus_result result)
{
	bus->base.reason = bus->inner->reason;
	bus->counts.nacked += result == BUS_NACK;
	bus->counts.errors += result == BUS_DISTURBED || result == BUS_ERROR;
	return result;
}

static bus_result count_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct counting_bus *bus = counting(base);
	bus_result result = note(bus, bus_write(bus->inner, frame, length));
	bus->counts.writes++;
	bus->counts.bytes_out += result == BUS_OK ? length : 0;
	return result;
}

static bus_result count_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct counting_bus *bus = counting(base);
	bus_result result = note(bus, bus_read(bus->inner, buffer, length));
	bus->counts.reads++;
	bus->counts.bytes_in += result == BUS_OK ? length : 0;
	return result;
}

static bus_result count_sleep(bus_t *base, uint32_t microseconds)
{
	struct counting_bus *bus = counting(base);
	return note(bus, bus_sleep(bus->inner, microseconds));
}

static uint64_t count_now(bus_t *base)
{
	return bus_now(counting(base)->inner);
}

static bool count_restart(bus_t *base)
{
	return bus_restart(counting(base)->inner);
}

static void count_close(bus_t *base)
{
	bus_close(counting(base)->inner);
}

void bus_count_init(struct counting_bus *bus, bus_t *inner)
{
	static const struct bus_operations operations = { .write = count_write,
		.read = count_read,
		.sleep = count_sleep,
		.now = count_now,
		.restart = count_restart,
		.close = count_close };
	*bus = (struct counting_bus){ .base.operations = &operations, .inner = inner };
}
