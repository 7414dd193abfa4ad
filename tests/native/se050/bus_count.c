/* SPDX-License-Identifier: MIT */
/* The counting bus: it changes nothing that passes and counts all of it. */
#include "harness.h"
#include "t1_fixture.h"

#include "bus_count.h"

#include <string.h>

static const uint8_t frame[] = { 0x5A, 0xC0, 0x00, 0xFF, 0xFC };

struct counted {
	struct scripted_bus scripted;
	struct counting_bus bus;
};

/* Memory that is not zero, as a counter that is not initialised would show. */
static bus_t *counted_open(struct counted *counted, const char *script)
{
	memset(counted, 0xA5, sizeof *counted);
	scripted_bus_init(&counted->scripted, script);
	bus_count_init(&counted->bus, &counted->scripted.base);
	return &counted->bus.base;
}

static void check_counts(const struct counted *counted, struct bus_counts expected)
{
	const struct bus_counts *counts = &counted->bus.counts;
	CHECK_EQUAL(counts->writes, expected.writes);
	CHECK_EQUAL(counts->reads, expected.reads);
	CHECK_EQUAL(counts->nacked, expected.nacked);
	CHECK_EQUAL(counts->errors, expected.errors);
	CHECK_EQUAL(counts->bytes_out, expected.bytes_out);
	CHECK_EQUAL(counts->bytes_in, expected.bytes_in);
}

TEST(nothing, "before the first transaction all counts are zero")
{
	struct counted counted;
	bus_t *bus = counted_open(&counted, "");
	check_counts(&counted, (struct bus_counts){ 0 });
	CHECK(bus->reason == NULL);
}

TEST(transfers, "a write and a read pass as they are and count with their bytes")
{
	struct counted counted;
	uint8_t bytes[3];
	bus_t *bus = counted_open(&counted, "> 5A C0 00 FF FC\n< A5 E0 00\n");
	CHECK_EQUAL(bus_write(bus, frame, sizeof frame), BUS_OK);
	CHECK_EQUAL(bus_read(bus, bytes, sizeof bytes), BUS_OK);
	CHECK(memcmp(bytes, (const uint8_t[]){ 0xA5, 0xE0, 0x00 }, sizeof bytes) == 0);
	check_counts(&counted, (struct bus_counts){ .writes = 1, .reads = 1, .bytes_out = 5, .bytes_in = 3 });
	scripted_bus_check_done(&counted.scripted);
}

TEST(nacked, "a transaction that is not acknowledged counts as one, without bytes, each way")
{
	struct counted counted;
	uint8_t bytes[3];
	bus_t *bus = counted_open(&counted, "nack 3\n");
	CHECK_EQUAL(bus_write(bus, frame, sizeof frame), BUS_NACK);
	CHECK_EQUAL(bus_read(bus, bytes, sizeof bytes), BUS_NACK);
	CHECK_EQUAL(bus_read(bus, bytes, sizeof bytes), BUS_NACK);
	check_counts(&counted, (struct bus_counts){ .writes = 1, .reads = 2, .nacked = 3 });
}

TEST(errors, "an error of the bus counts, without bytes, and keeps its reason")
{
	struct counted counted;
	uint8_t byte;
	bus_t *bus = counted_open(&counted, "error\nerror\n");
	CHECK_EQUAL(bus_write(bus, frame, sizeof frame), BUS_ERROR);
	CHECK_EQUAL(bus_read(bus, &byte, 1), BUS_ERROR);
	CHECK(bus->reason != NULL && strcmp(bus->reason, "scripted") == 0);
	check_counts(&counted, (struct bus_counts){ .writes = 1, .reads = 1, .errors = 2 });
}

TEST(sleep, "a sleep passes time and counts only when it fails, with its reason")
{
	struct counted counted;
	uint8_t byte;
	bus_t *bus = counted_open(&counted, "sleepless\nnack 1\n");
	uint64_t begin = bus_now(bus);
	CHECK_EQUAL(bus_sleep(bus, 250), BUS_OK);
	CHECK_EQUAL(bus_now(bus) - begin, 250);
	CHECK_EQUAL(bus_read(bus, &byte, 1), BUS_NACK);
	CHECK_EQUAL(bus_sleep(bus, 250), BUS_ERROR);
	CHECK(bus->reason != NULL && strcmp(bus->reason, "scripted") == 0);
	check_counts(&counted, (struct bus_counts){ .reads = 1, .nacked = 1, .errors = 1 });
}

static unsigned closed;

static void note_close(bus_t *bus)
{
	(void)bus;
	closed++;
}

TEST(close, "closing it closes the bus below, once")
{
	static const struct bus_operations operations = { .close = note_close };
	bus_t inner = { .operations = &operations };
	struct counting_bus bus;
	bus_count_init(&bus, &inner);
	CHECK_EQUAL(closed, 0);
	bus_close(&bus.base);
	CHECK_EQUAL(closed, 1);
}

TEST(data_link, "the data link works over it, and the counts are what the bus below saw")
{
	struct counted counted;
	t1_t t1;
	uint8_t atr[T1_ATR_MAX], response[16], command[16];
	size_t length;
	t1 = (t1_t){ .bus = counted_open(&counted, RESET ">c 5A 00 04 " COMMAND "\n<c+48000 A5 00 04 " RESPONSE "\n") };
	CHECK_EQUAL(t1_reset(&t1, atr, &length), T1_OK);
	size_t command_length = bytes_of(COMMAND, command, sizeof command);
	CHECK_EQUAL(t1_exchange(&t1, command, command_length, response, sizeof response, &length), T1_OK);
	scripted_bus_check_done(&counted.scripted);
	const struct bus_counts *counts = &counted.bus.counts;
	CHECK_EQUAL(counts->writes, 2);
	CHECK_EQUAL(counts->writes + counts->reads, counted.scripted.transactions);
	CHECK_EQUAL(counts->nacked, counted.scripted.nacks);
	CHECK(counts->nacked > 20);
	CHECK_EQUAL(counts->bytes_out, 5 + 9);
	CHECK_EQUAL(counts->bytes_in, 3 + 37 + 9);
	CHECK_EQUAL(counts->errors, 0);
}
