/* SPDX-License-Identifier: MIT */
#include "t1_scripted_bus.h"

#include "block.h"
#include "t1_check.h"

#include <ctype.h>
#include <string.h>

static const char atr[] = "00A00000039604 03E800FE020B 03E80801000000 0064 0000 0A4A434F5034204154504F";

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : toupper((unsigned char)c) - 'A' + 10;
}

size_t bytes_of(const char *hex, uint8_t *bytes, size_t size)
{
	size_t length = 0;
	while (*hex != 0 && *hex != '\n') {
		if (isspace((unsigned char)*hex)) {
			hex++;
			continue;
		}
		if (strncmp(hex, "ATR", 3) == 0) {
			length += bytes_of(atr, bytes + length, size - length);
			hex += 3;
			continue;
		}
		CHECK(isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]) && length < size);
		bytes[length++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
		hex += 2;
	}
	return length;
}

static const char *next_line(const char *script)
{
	const char *end = strchr(script, '\n');
	return end != NULL ? end + 1 : script + strlen(script);
}

static bool begins(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

/* Bytes of a line such as "<c+100 A5 …" after its keyword, with the CRC added on request. */
static size_t line_bytes(const char *line, uint8_t *bytes, size_t size)
{
	const char *hex = strchr(line, ' ');
	CHECK(hex != NULL);
	size_t length = bytes_of(hex, bytes, size - BLOCK_CRC);
	if (line[1] == 'c') {
		uint16_t crc = block_crc(bytes, length);
		bytes[length++] = (uint8_t)crc;
		bytes[length++] = (uint8_t)(crc >> 8);
	}
	return length;
}

/* The clock's first time in nanoseconds: a bus may begin at any. */
static const uint64_t origin = 10000000;

static uint64_t now(bus_t *base)
{
	return ((struct scripted_bus *)base)->nanoseconds / 1000;
}

/* Takes what comes before the next transaction off the script. */
static void advance(struct scripted_bus *bus)
{
	while (bus->pending_offset == bus->pending_length && bus->nacks_left == 0 && bus->disturbances_left == 0) {
		const char *line = bus->script;
		if (*line == '<') {
			const char *delay = strpbrk(line, "+ ");
			bus->ready = now(&bus->base) + (*delay == '+' ? strtoull(delay, NULL, 10) : 0);
			bus->pending_length = line_bytes(line, bus->pending, sizeof bus->pending);
			bus->pending_offset = 0;
		} else if (begins(line, "nack "))
			bus->nacks_left = (unsigned)strtoul(line + 5, NULL, 10);
		else if (begins(line, "disturbed "))
			bus->disturbances_left = (unsigned)strtoul(line + 10, NULL, 10);
		else if (begins(line, "sleepless"))
			bus->sleepless = true;
		else if (begins(line, "deaf"))
			bus->deaf = true;
		else if (begins(line, "low"))
			bus->low = true;
		else if (begins(line, "gone"))
			bus->gone = true;
		else
			return;
		bus->script = next_line(line);
	}
}

static void clock_bytes(struct scripted_bus *bus, size_t count)
{
	bus->clocked += count;
	bus->nanoseconds += count * 22500;
}

static bus_result nack(struct scripted_bus *bus)
{
	bus->nacks++;
	if (bus->nacks_left > 0)
		bus->nacks_left--;
	clock_bytes(bus, 1);
	return BUS_NACK;
}

static bool is_disturbed(struct scripted_bus *bus)
{
	bus->transactions++;
	advance(bus);
	if (bus->disturbances_left == 0)
		return false;
	bus->disturbances_left--;
	clock_bytes(bus, 1);
	bus->base.reason = "scripted disturbance";
	return true;
}

static bool fails(struct scripted_bus *bus)
{
	if (!begins(bus->script, "error") || bus->pending_offset < bus->pending_length || bus->nacks_left > 0)
		return false;
	bus->script = next_line(bus->script);
	bus->base.reason = "scripted";
	return true;
}

static void print_difference(const char *line, const uint8_t *frame, size_t length)
{
	fprintf(stderr, "expected %.*s\nwritten  ", (int)strcspn(line, "\n"), line);
	for (size_t i = 0; i < length; i++)
		fprintf(stderr, "%02X ", frame[i]);
	fputc('\n', stderr);
}

static bus_result scripted_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct scripted_bus *bus = (struct scripted_bus *)base;
	uint8_t expected[BLOCK_MAX + BLOCK_CRC];
	CHECK(length > 0 && length <= BLOCK_MAX);
	if (is_disturbed(bus))
		return BUS_DISTURBED;
	if (fails(bus))
		return BUS_ERROR;
	if (bus->gone || bus->nacks_left > 0 || bus->pending_offset < bus->pending_length)
		return nack(bus);
	clock_bytes(bus, 1 + length);
	if (bus->deaf || bus->low)
		return BUS_OK;
	const char *line = bus->script;
	size_t expected_length = *line == '>' ? line_bytes(line, expected, sizeof expected) : 0;
	if (expected_length != length || memcmp(expected, frame, length) != 0) {
		print_difference(line, frame, length);
		exit(1);
	}
	bus->script = next_line(line);
	advance(bus);
	if (begins(line, ">~") || begins(line, ">c~"))
		return BUS_DISTURBED;
	return begins(line, ">!") || begins(line, ">c!") ? BUS_NACK : BUS_OK;
}

static bus_result scripted_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct scripted_bus *bus = (struct scripted_bus *)base;
	CHECK(length > 0 && length <= BLOCK_MAX);
	if (is_disturbed(bus))
		return BUS_DISTURBED;
	if (fails(bus))
		return BUS_ERROR;
	bool readable = bus->pending_offset < bus->pending_length && now(base) >= bus->ready;
	if (bus->gone || bus->nacks_left > 0 || !(readable || bus->low))
		return nack(bus);
	clock_bytes(bus, 1 + length);
	for (size_t i = 0; i < length; i++)
		buffer[i] = bus->pending_offset < bus->pending_length ? bus->pending[bus->pending_offset++]
			: bus->low										  ? 0
															  : 0xFF;
	return BUS_OK;
}

static bus_result scripted_sleep(bus_t *base, uint32_t microseconds)
{
	struct scripted_bus *bus = (struct scripted_bus *)base;
	bus->nanoseconds += microseconds * UINT64_C(1000);
	bus->slept += microseconds;
	if (!bus->sleepless)
		return BUS_OK;
	bus->sleepless = false;
	bus->base.reason = "scripted";
	return BUS_ERROR;
}

static bool scripted_restart(bus_t *base)
{
	struct scripted_bus *bus = (struct scripted_bus *)base;
	bus->restarts += bus->restartable;
	if (bus->restartable)
		bus->gone = bus->deaf = bus->low = false;
	return bus->restartable;
}

static void scripted_close(bus_t *base)
{
	(void)base;
}

void scripted_bus_init(struct scripted_bus *bus, const char *script)
{
	static const struct bus_operations operations = { .write = scripted_write,
		.read = scripted_read,
		.sleep = scripted_sleep,
		.now = now,
		.restart = scripted_restart,
		.close = scripted_close };
	memset(bus, 0, sizeof *bus);
	bus->base.operations = &operations;
	bus->nanoseconds = origin;
	bus->script = script;
}

void scripted_bus_check_done(struct scripted_bus *bus)
{
	advance(bus);
	if (*bus->script != 0 || bus->pending_offset < bus->pending_length) {
		fprintf(stderr, "the script was not followed to its end: %zu bytes unread, then\n%s\n",
			bus->pending_length - bus->pending_offset, bus->script);
		exit(1);
	}
}
