/* SPDX-License-Identifier: MIT */
#include "fuzz_bus.h"

#include "block.h"

#include <string.h>

enum {
	RECORD_NACK = 0x80,
	RECORD_CRC = 0x40,
	RECORD_LENGTH = 0x3F,
	/* Records without bytes */
	RECORD_ERROR = 0xBF,	   /* the next transaction fails as an error of the bus */
	RECORD_DISTURBANCE = 0xBD, /* the next transaction ends in BUS_DISTURBED */
	RECORD_SILENCE = 0xBE,	   /* nothing is acknowledged for SILENCE */
	SILENCE = 2500000,
	BYTE_TIME = 23
};

static const uint8_t greeting[] = { 0xA5, 0xEF, 0x23, 0x00, 0xA0, 0x00, 0x00, 0x03, 0x96, 0x04, 0x03, 0xE8, 0x00, 0xFE,
	0x02, 0x0B, 0x03, 0xE8, 0x08, 0x01, 0x00, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x0A, 0x4A, 0x43, 0x4F, 0x50, 0x34,
	0x20, 0x41, 0x54, 0x50, 0x4F, 0x87, 0x77 };

static void append_crc(struct fuzz_bus *bus)
{
	uint16_t crc = block_crc(bus->pending, bus->pending_length);
	bus->pending[bus->pending_length++] = (uint8_t)crc;
	bus->pending[bus->pending_length++] = (uint8_t)(crc >> 8);
}

/* The next record becomes what can be read. Its length field counts in steps of 4 bytes. */
static void take_record(struct fuzz_bus *bus)
{
	if (bus->left == 0)
		return;
	uint8_t control = *bus->input++;
	size_t length = (size_t)(control & RECORD_LENGTH) * 4;
	bus->left--;
	if (control == RECORD_ERROR || control == RECORD_DISTURBANCE || control == RECORD_SILENCE) {
		bus->failure = control == RECORD_ERROR ? BUS_ERROR : control == RECORD_DISTURBANCE ? BUS_DISTURBED : BUS_OK;
		bus->silent_until = control == RECORD_SILENCE ? bus->time + SILENCE : 0;
		return;
	}
	if (length > bus->left)
		length = bus->left;
	memcpy(bus->pending, bus->input, length);
	bus->input += length;
	bus->left -= length;
	bus->pending_length = length;
	bus->pending_offset = 0;
	bus->nack = (control & RECORD_NACK) != 0;
	if (control & RECORD_CRC) {
		if (length >= BLOCK_HEADER && length <= (size_t)BLOCK_HEADER + BLOCK_INF_MAX)
			bus->pending[2] = (uint8_t)(length - BLOCK_HEADER);
		append_crc(bus);
	}
}

static void greet(struct fuzz_bus *bus)
{
	memcpy(bus->pending, greeting, sizeof greeting);
	bus->pending_length = sizeof greeting;
	bus->pending_offset = 0;
	bus->greets = false;
}

/* Each I-block of a command is acknowledged, the last one answered. */
static void answer(struct fuzz_bus *bus, uint8_t pcb)
{
	static const uint8_t success[] = { 0x90, 0x00 };
	bool more = (pcb & BLOCK_I_MORE) != 0;
	bool next = (pcb & BLOCK_I_NS) == 0;
	bus->pending[0] = BLOCK_NAD_TO_HOST;
	bus->pending[1] = more ? (uint8_t)(BLOCK_R | (next ? BLOCK_R_NR : 0)) : bus->ns ? BLOCK_I_NS : 0;
	bus->pending[2] = more ? 0 : sizeof success;
	memcpy(bus->pending + BLOCK_HEADER, success, bus->pending[2]);
	bus->pending_length = (size_t)BLOCK_HEADER + bus->pending[2];
	bus->pending_offset = 0;
	bus->ns ^= !more;
	append_crc(bus);
}

static bus_result take_failure(struct fuzz_bus *bus)
{
	bus_result failure = bus->failure;
	bus->failure = BUS_OK;
	return failure;
}

static bus_result fuzz_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct fuzz_bus *bus = (struct fuzz_bus *)base;
	if (length < BLOCK_MIN || length > BLOCK_MAX || frame[0] != BLOCK_NAD_TO_CHIP ||
		length != (size_t)frame[2] + BLOCK_MIN)
		__builtin_trap();
	bus->time += (1 + length) * BYTE_TIME;
	bus_result failure = take_failure(bus);
	if (failure != BUS_OK)
		return failure;
	if (bus->time < bus->silent_until || bus->pending_offset < bus->pending_length)
		return BUS_NACK;
	if (bus->greets)
		greet(bus);
	else if (bus->healthy)
		answer(bus, frame[1]);
	else
		take_record(bus);
	return BUS_OK;
}

static bus_result fuzz_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct fuzz_bus *bus = (struct fuzz_bus *)base;
	bus->time += BYTE_TIME;
	bus_result failure = take_failure(bus);
	if (failure != BUS_OK)
		return failure;
	if (bus->time < bus->silent_until || bus->nack || bus->pending_offset == bus->pending_length) {
		bus->nack = false;
		return BUS_NACK;
	}
	bus->time += length * BYTE_TIME;
	for (size_t i = 0; i < length; i++)
		buffer[i] = bus->pending_offset < bus->pending_length ? bus->pending[bus->pending_offset++] : 0xFF;
	return BUS_OK;
}

/* A chip that has nothing more to say is waited for in long steps: the schedule is not what is fuzzed. */
static bus_result fuzz_sleep(bus_t *base, uint32_t microseconds)
{
	struct fuzz_bus *bus = (struct fuzz_bus *)base;
	bool idle = bus->pending_offset == bus->pending_length || bus->time < bus->silent_until;
	bus->time += microseconds + (idle ? 400000 : 0);
	return BUS_OK;
}

static uint64_t fuzz_now(bus_t *base)
{
	return ((struct fuzz_bus *)base)->time;
}

static void fuzz_close(bus_t *base)
{
	(void)base;
}

void fuzz_bus_init(struct fuzz_bus *bus, const uint8_t *input, size_t size, bool greets)
{
	static const struct bus_operations operations = {
		.write = fuzz_write, .read = fuzz_read, .sleep = fuzz_sleep, .now = fuzz_now, .close = fuzz_close
	};
	memset(bus, 0, sizeof *bus);
	bus->base.operations = &operations;
	bus->input = input;
	bus->left = size;
	bus->greets = greets;
}

void fuzz_bus_heal(struct fuzz_bus *bus)
{
	bus->pending_length = bus->pending_offset = 0;
	bus->nack = false;
	bus->failure = BUS_OK;
	bus->silent_until = 0;
	bus->greets = bus->healthy = true;
	bus->ns = false;
}
