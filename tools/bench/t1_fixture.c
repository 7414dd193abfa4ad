/* SPDX-License-Identifier: MIT */
#include "t1_fixture.h"

#include <string.h>

void fixture_open(struct fixture *fixture, const char *script)
{
	memset(fixture, 0xA5, sizeof *fixture);
	scripted_bus_init(&fixture->bus, script);
	fixture->t1 = (t1_t){ .bus = &fixture->bus.base };
}

void fixture_open_reset(struct fixture *fixture, const char *script)
{
	fixture_open(fixture, RESET);
	CHECK_EQUAL(fixture_reset(fixture), T1_OK);
	scripted_bus_check_done(&fixture->bus);
	fixture->bus.script = script;
}

t1_result fixture_reset(struct fixture *fixture)
{
	return t1_reset(&fixture->t1, fixture->atr, &fixture->length);
}

t1_result fixture_exchange(struct fixture *fixture, const char *command)
{
	uint8_t bytes[1024];
	size_t length = bytes_of(command, bytes, sizeof bytes);
	return t1_exchange(&fixture->t1, bytes, length, fixture->response, sizeof fixture->response, &fixture->length);
}

void fixture_check_response(const struct fixture *fixture, const char *expected)
{
	uint8_t bytes[1024];
	size_t length = bytes_of(expected, bytes, sizeof bytes);
	CHECK_EQUAL(fixture->length, length);
	CHECK(memcmp(fixture->response, bytes, length) == 0);
}

void fixture_check_recovery(const char *script)
{
	struct fixture fixture;
	fixture_open_reset(&fixture, script);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	fixture_check_response(&fixture, RESPONSE);
	scripted_bus_check_done(&fixture.bus);
}

void fixture_check_failure(const char *script, t1_result expected)
{
	struct fixture fixture;
	fixture_open_reset(&fixture, script);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), expected);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_RESET_NEEDED);
}
