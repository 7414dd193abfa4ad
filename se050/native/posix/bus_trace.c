/* SPDX-License-Identifier: MIT */
/*
 * A bus that passes everything to another one and writes it down: a line of JSON for each transaction and each sleep,
 * as the simulator's own trace has them (docs/simulator.md). Times in microseconds from the first line on.
 */
#include "bus_platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 1024 };

struct bus_trace {
	bus_t base;
	bus_t *inner;
	FILE *file;
	uint8_t address;
	bool started;
	uint64_t origin;
	uint64_t begin; /* of what is under way */
};

static struct bus_trace *tracing(bus_t *base)
{
	return (struct bus_trace *)base;
}

static void begin(struct bus_trace *bus)
{
	bus->begin = bus_now(bus->inner);
	if (!bus->started)
		bus->origin = bus->begin;
	bus->started = true;
}

static void put_head(struct bus_trace *bus, const char *operation)
{
	fprintf(bus->file, "{\"layer\":\"i2c\",\"time\":%llu,\"end\":%llu,\"operation\":\"%s\"",
		(unsigned long long)(bus->begin - bus->origin), (unsigned long long)(bus_now(bus->inner) - bus->origin),
		operation);
}

static void put_bytes(struct bus_trace *bus, const uint8_t *bytes, size_t length)
{
	fputs(",\"bytes\":\"", bus->file);
	for (size_t i = 0; i < length; i++)
		fprintf(bus->file, "%02x", bytes[i]);
	fputc('"', bus->file);
}

/* Ends a line. A trace with a gap is worse than none, so that what cannot be written fails the bus. */
static bus_result finish(struct bus_trace *bus, bus_result result)
{
	bus->base.reason = bus->inner->reason;
	if (result == BUS_DISTURBED || result == BUS_ERROR)
		fputs(",\"failed\":true", bus->file);
	fputs("}\n", bus->file);
	if (fflush(bus->file) == 0)
		return result;
	bus->base.reason = "the trace cannot be written; check the disk, or leave the trace out";
	return BUS_ERROR;
}

static bus_result trace_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct bus_trace *bus = tracing(base);
	begin(bus);
	bus_result result = bus_write(bus->inner, frame, length);
	put_head(bus, "write");
	fprintf(bus->file, ",\"address\":%u", bus->address);
	put_bytes(bus, frame, length);
	if (result == BUS_NACK)
		fputs(",\"nackedAfter\":0", bus->file);
	return finish(bus, result);
}

static bus_result trace_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct bus_trace *bus = tracing(base);
	begin(bus);
	bus_result result = bus_read(bus->inner, buffer, length);
	put_head(bus, "read");
	fprintf(bus->file, ",\"address\":%u,\"count\":%zu", bus->address, length);
	if (result == BUS_OK)
		put_bytes(bus, buffer, length);
	if (result == BUS_NACK)
		fputs(",\"nackedAfter\":0", bus->file);
	return finish(bus, result);
}

static bus_result trace_sleep(bus_t *base, uint32_t microseconds)
{
	struct bus_trace *bus = tracing(base);
	begin(bus);
	bus_result result = bus_sleep(bus->inner, microseconds);
	put_head(bus, "sleep");
	return finish(bus, result);
}

static uint64_t trace_now(bus_t *base)
{
	return bus_now(tracing(base)->inner);
}

static bool trace_restart(bus_t *base)
{
	return bus_restart(tracing(base)->inner);
}

static void trace_close(bus_t *base)
{
	struct bus_trace *bus = tracing(base);
	bus_close(bus->inner);
	fclose(bus->file);
	free(bus);
}

/* What crosses the bus may be secret: the file is its owner's alone. */
static FILE *open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
	if (!file && fd >= 0)
		close(fd);
	return file;
}

static bus_t *open_traced(
	struct bus_trace *bus, const char *path, const struct bus_options *options, char *reason, size_t size)
{
	bus->file = open_file(path);
	if (!bus->file) {
		snprintf(reason, size, "the trace %.200s cannot be written (%s); name another file", path, strerror(errno));
		return NULL;
	}
	bus->inner = bus_open(options, reason, size);
	if (!bus->inner)
		fclose(bus->file);
	return bus->inner ? &bus->base : NULL;
}

bus_t *bus_trace_open(const char *where, const struct bus_options *options, char *reason, size_t size)
{
	static const struct bus_operations operations = { .write = trace_write,
		.read = trace_read,
		.sleep = trace_sleep,
		.now = trace_now,
		.restart = trace_restart,
		.close = trace_close };
	char path[PATH_LENGTH_MAX];
	const char *comma = strchr(where, ',');
	if (!comma || comma == where || (size_t)(comma - where) >= sizeof path) {
		snprintf(reason, size, "a traced bus is trace:FILE,BUS, as in trace:/tmp/trace.ndjson,/dev/i2c-1");
		return NULL;
	}
	memcpy(path, where, (size_t)(comma - where));
	path[comma - where] = '\0';
	struct bus_trace *bus = malloc(sizeof *bus);
	if (!bus) {
		snprintf(reason, size, "there is not enough memory");
		return NULL;
	}
	*bus = (struct bus_trace){ .base.operations = &operations, .address = options->address };
	struct bus_options inner = *options;
	inner.name = comma + 1;
	if (open_traced(bus, path, &inner, reason, size))
		return &bus->base;
	free(bus);
	return NULL;
}
