/* SPDX-License-Identifier: MIT */
#include "sim_link.h"

#include <stdio.h>
#include <string.h>

enum {
	VERSION = 2,

	HELLO = 0x01,
	WRITE = 0x02,
	READ = 0x03,
	SLEEP = 0x04,
	AFTER = 0x07,

	WELCOME = 0x81,
	ACK = 0x82,
	DATA = 0x83,
	NACK = 0x84,
	ERROR = 0x8F,

	HEADER = SIM_LINK_HEADER,
	TIME = 8,
	AFTER_HEADER = 5, /* in front of the payload of what AFTER carries: the time, and the type */
	LENGTH_MAX = SIM_LINK_LENGTH_MAX
};

static void put_u16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void put_u32(uint8_t *to, uint32_t value)
{
	put_u16(to, value >> 16);
	put_u16(to + 2, value & 0xFFFF);
}

static size_t get_u16(const uint8_t *from)
{
	return (size_t)from[0] << 8 | from[1];
}

static uint64_t get_u64(const uint8_t *from)
{
	uint64_t value = 0;
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | from[i];
	return value;
}

bool sim_link_fail(struct sim_link *link, const char *cause)
{
	snprintf(link->text, sizeof link->text, "simulator link: %s", cause);
	link->base.reason = link->text;
	return false;
}

/* Where a response's payload lies, after its time. */
static const uint8_t *payload(const struct sim_link *bus)
{
	return bus->message + HEADER + TIME;
}

static bool receive_response(struct sim_link *bus)
{
	if (!bus->receive(bus, bus->message, HEADER))
		return false;
	size_t length = get_u16(bus->message + 1);
	if (length < TIME || length > LENGTH_MAX)
		return sim_link_fail(bus, "a response of impossible length: this is not a simulator of an SE050");
	if (!bus->receive(bus, bus->message + HEADER, length))
		return false;
	bus->time = get_u64(bus->message + HEADER);
	bus->length = length - TIME;
	return true;
}

/* Sends the request whose payload is in place and waits for its response, whatever its type; false with a reason. */
static bool request(struct sim_link *bus, uint8_t type, size_t length)
{
	bus->message[0] = type;
	put_u16(bus->message + 1, length);
	/* A refused connection is closed before the first request: read the refusal although sending fails. */
	bool sent = bus->send(bus, bus->message, HEADER + length);
	if (!receive_response(bus))
		return false;
	if (bus->message[0] == ERROR) {
		snprintf(bus->text, sizeof bus->text, "simulator link: refused: %.*s",
			(int)(bus->length < 256 ? bus->length : 256), (const char *)payload(bus));
		bus->base.reason = bus->text;
		return false;
	}
	return sent;
}

static bool unexpected(struct sim_link *bus)
{
	return sim_link_fail(bus, "a response that the protocol does not allow here; versions differ?");
}

/* As request, of a WRITE or READ; what was slept before goes along with it, which saves a round trip. */
static bool transact(struct sim_link *bus, uint8_t type, size_t length)
{
	if (bus->slept == 0)
		return request(bus, type, length);
	memmove(bus->message + HEADER + AFTER_HEADER, bus->message + HEADER, length);
	put_u32(bus->message + HEADER, bus->slept);
	bus->message[HEADER + 4] = type;
	bus->slept = 0;
	return request(bus, AFTER, AFTER_HEADER + length);
}

bus_result sim_link_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct sim_link *bus = (struct sim_link *)base;
	if (length == 0 || AFTER_HEADER + 2 + length > LENGTH_MAX) {
		sim_link_fail(bus, "a write of this length is not possible");
		return BUS_ERROR;
	}
	bus->message[HEADER] = bus->address;
	bus->message[HEADER + 1] = 0;
	memcpy(bus->message + HEADER + 2, frame, length);
	if (!transact(bus, WRITE, length + 2))
		return BUS_ERROR;
	if (bus->message[0] == NACK && bus->length == 2)
		return BUS_NACK;
	if (bus->message[0] == ACK && bus->length == 2 && get_u16(payload(bus)) == length)
		return BUS_OK;
	unexpected(bus);
	return BUS_ERROR;
}

bus_result sim_link_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct sim_link *bus = (struct sim_link *)base;
	if (length == 0 || length + TIME > LENGTH_MAX) {
		sim_link_fail(bus, "a read of this length is not possible");
		return BUS_ERROR;
	}
	bus->message[HEADER] = bus->address;
	bus->message[HEADER + 1] = 0;
	put_u16(bus->message + HEADER + 2, length);
	if (!transact(bus, READ, 4))
		return BUS_ERROR;
	if (bus->message[0] == NACK && bus->length == 2)
		return BUS_NACK;
	if (bus->message[0] == DATA && bus->length == length) {
		memcpy(buffer, payload(bus), length);
		return BUS_OK;
	}
	unexpected(bus);
	return BUS_ERROR;
}

bool sim_link_flush(struct sim_link *bus)
{
	if (bus->slept == 0)
		return true;
	put_u32(bus->message + HEADER, bus->slept);
	bus->slept = 0;
	if (!request(bus, SLEEP, 4))
		return false;
	return bus->message[0] == ACK || unexpected(bus);
}

bus_result sim_link_sleep(bus_t *base, uint32_t microseconds)
{
	struct sim_link *bus = (struct sim_link *)base;
	if (!sim_link_flush(bus))
		return BUS_ERROR;
	bus->slept = microseconds;
	bus->time += microseconds;
	return BUS_OK;
}

bool sim_link_greet(struct sim_link *bus, uint32_t hz)
{
	bus->message[HEADER] = VERSION;
	put_u32(bus->message + HEADER + 1, hz);
	if (!request(bus, HELLO, 5))
		return false;
	if (bus->message[0] != WELCOME || bus->length != 2 || payload(bus)[0] != VERSION || payload(bus)[1] > 1)
		return unexpected(bus);
	bus->is_virtual = payload(bus)[1] == 1;
	return true;
}
