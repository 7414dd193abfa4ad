/* SPDX-License-Identifier: MIT */
/* When the bus is used and when the host sleeps: the figures that docs/driver.md gives. */
#include "harness.h"
#include "t1_fixture.h"

#include <stdio.h>
#include <string.h>

/* Appends one exchange of a command, and a response of that many bytes in blocks of up to 254. */
static void add_exchange(char *script, unsigned ns, unsigned *nr, const char *command, size_t response, unsigned delay)
{
	uint8_t bytes[BLOCK_MAX];
	size_t length = bytes_of(command, bytes, sizeof bytes);
	script += strlen(script);
	script += sprintf(script, ">c 5A %02X %02zX %s\n", ns ? 0x40 : 0, length, command);
	while (response > 0) {
		size_t chunk = response < BLOCK_INF_MAX ? response : BLOCK_INF_MAX;
		response -= chunk;
		script +=
			sprintf(script, "<c+%u A5 %02X %02zX ", delay, (*nr ? 0x40u : 0u) | (response > 0 ? 0x20u : 0u), chunk);
		for (size_t i = 0; i < chunk; i++)
			script += sprintf(script, "41");
		script += sprintf(script, "\n");
		*nr ^= 1;
		if (response > 0)
			script += sprintf(script, ">c 5A %02X 00\n", *nr ? 0x90 : 0x80);
	}
}

static void exchange(struct fixture *fixture, const char *command, size_t expected)
{
	CHECK_EQUAL(fixture_exchange(fixture, command), T1_OK);
	CHECK_EQUAL(fixture->length, expected);
}

/* Cold start: reset, SELECT, UID, a certificate of 800 bytes, one signature that takes so many microseconds. */
static void cold_start(struct fixture *fixture, unsigned signing)
{
	static const char *const commands[] = { "00A4040010A000000396545300000001030000000000",
		"8002000006 41047FFF0206 00", "80020000000006 4104F0000101 0000",
		"80030C092B 4104F0000100 420121 4320 BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD" };
	static const size_t responses[] = { 9, 22, 806, 76 };
	static char script[8192];
	unsigned nr = 0;
	strcpy(script, RESET);
	for (unsigned i = 0; i < 4; i++)
		add_exchange(script, i & 1, &nr, commands[i], responses[i], i == 3 ? signing : 0);
	fixture_open(fixture, script);
	CHECK_EQUAL(fixture_reset(fixture), T1_OK);
	for (unsigned i = 0; i < 4; i++)
		exchange(fixture, commands[i], responses[i]);
	scripted_bus_check_done(&fixture->bus);
}

TEST(bus_time, "cold start to signature takes at most 26.5 ms of the bus at 400 kHz, with a chip that answers at once")
{
	struct fixture fixture;
	cold_start(&fixture, 0);
	printf("%zu bytes clocked, %.3f ms\n", fixture.bus.clocked, (double)fixture.bus.clocked * 0.0225);
	CHECK(fixture.bus.clocked * 225 <= 265000 * 10);
	CHECK_EQUAL(fixture.bus.nacks, 1);
}

TEST(bus_time_signing, "the same, with the polls of a signature of 48 ms")
{
	struct fixture fixture;
	cold_start(&fixture, 48000);
	CHECK(fixture.bus.clocked * 225 <= 265000 * 10);
}

TEST(sleeps, "on that way the host sleeps at most 3 ms in all, with a chip that answers at once")
{
	struct fixture fixture;
	cold_start(&fixture, 0);
	printf("slept %llu us\n", (unsigned long long)fixture.bus.slept);
	CHECK(fixture.bus.slept <= 3000);
}

static uint64_t wake_up_delay(unsigned expected, unsigned computing, unsigned *nacks)
{
	struct fixture fixture;
	char script[256];
	snprintf(script, sizeof script, ">c 5A 00 04 " COMMAND "\n<c+%u A5 00 04 " RESPONSE "\n", computing);
	fixture_open_reset(&fixture, script);
	bus_sleep(&fixture.bus.base, fixture.t1.atr.guard);
	unsigned before = fixture.bus.nacks;
	uint64_t start = bus_now(&fixture.bus.base);
	fixture.t1.expected = expected;
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK(fixture.t1.took >= computing);
	uint64_t transfers = (1 + 9 + 2 + 9) * 22500 / 1000;
	*nacks = fixture.bus.nacks - before;
	return bus_now(&fixture.bus.base) - start - transfers - computing;
}

/* How often a chip that computes so long is polled when nothing is expected of it. */
static unsigned polls_unexpected(unsigned computing)
{
	unsigned nacks;
	wake_up_delay(0, computing, &nacks);
	return nacks;
}

TEST(delay_of_signature, "a signature is noticed within 2 ms, however long it takes up to 100 ms")
{
	unsigned nacks;
	uint64_t most = 0;
	for (unsigned computing = 0; computing <= 100000; computing += 37) {
		uint64_t delay = wake_up_delay(0, computing, &nacks);
		if (delay > most)
			most = delay;
	}
	printf("at most %llu us\n", (unsigned long long)most);
	CHECK(most <= 2000);
}

/* Whether an answer after that time comes when it is polled for every millisecond, up to a few microseconds. */
static bool is_expected(unsigned expected, unsigned computing)
{
	unsigned early = expected / 5 < 20000 ? expected / 5 : 20000;
	unsigned late = expected / 3 < 20000 ? expected / 3 : 20000;
	return computing >= expected - early + 100 && computing <= expected + late - 100;
}

TEST(delay_as_expected, "an answer up to a fifth before or a third after the expected time is noticed within 1 ms")
{
	for (unsigned expected = 20000; expected <= 1000000; expected += 4000) {
		for (unsigned computing = expected - 25000 * (expected > 25000); computing <= expected + 25000;
			 computing += 37) {
			unsigned nacks;
			if (computing < 990000 && is_expected(expected, computing))
				CHECK(wake_up_delay(expected, computing, &nacks) <= 1000);
		}
	}
}

TEST(polls_as_expected, "an answer up to a fifth before or after the expected time costs no more polls for it")
{
	for (unsigned expected = 20000; expected <= 100000; expected += 4000) {
		for (unsigned computing = expected * 81 / 100; computing <= expected * 119 / 100; computing += 37) {
			unsigned nacks;
			wake_up_delay(expected, computing, &nacks);
			CHECK(nacks <= polls_unexpected(computing));
		}
	}
}

TEST(first_signature, "a first signature of 39 to 63 ms is noticed within 1 ms, after at most 30 polls up to 59 ms")
{
	unsigned nacks;
	for (unsigned computing = 38500; computing <= 63900; computing += 37) {
		CHECK(wake_up_delay(48000, computing, &nacks) <= 1000);
		CHECK(nacks <= polls_unexpected(computing));
		CHECK(nacks <= 30 || computing > 59000);
	}
}

TEST(delay_learned, "a command that takes as long as the last time, from 5 ms to a second, is noticed within 1 ms")
{
	for (unsigned computing = 1000; computing <= 989000; computing += computing < 100000 ? 37 : 1009) {
		unsigned nacks;
		uint64_t late = wake_up_delay(0, computing, &nacks);
		uint64_t delay = wake_up_delay(computing + (unsigned)late, computing, &nacks);
		CHECK(delay <= 1000 || computing < 5000);
		CHECK(delay <= 2000);
		CHECK(computing < 20000 || nacks <= polls_unexpected(computing));
		CHECK(computing < 20000 || computing > 100000 || nacks <= 30);
	}
}

TEST(delay_between_blocks, "the acknowledgement of a command's first block is not waited for as its answer is")
{
	struct fixture fixture;
	char script[2048] = ">c 5A 20 FE ", command[2048] = "";
	for (unsigned i = 0; i < 255; i++)
		strcat(command, "41");
	strncat(script, command, 254 * 2);
	strcat(script, "\n< A5 90 00 FB E9\n>c 5A 40 01 41\n<c A5 00 02 9000\n");
	fixture_open_reset(&fixture, script);
	uint64_t slept = fixture.bus.slept;
	fixture.t1.expected = 100000;
	CHECK_EQUAL(fixture_exchange(&fixture, command), T1_OK);
	printf("slept %llu us\n", (unsigned long long)(fixture.bus.slept - slept));
	CHECK(fixture.bus.slept - slept <= 1000 + 3 * fixture.t1.atr.guard);
}

TEST(delay_learned_wtx, "an answer after S(WTX) that takes as long as the last time is noticed within 1 ms")
{
	for (unsigned computing = 1000000; computing <= 1500000; computing += 10007) {
		struct fixture fixture;
		char script[256];
		snprintf(script, sizeof script,
			">c 5A 00 04 " COMMAND "\n<+990000 A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n<c+%u A5 00 04 " RESPONSE "\n",
			computing - 990000);
		fixture_open_reset(&fixture, script);
		fixture.t1.expected = computing;
		CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
		CHECK(bus_now(&fixture.bus.base) - fixture.bus.ready - (2 + 9) * 22500 / 1000 <= 1000);
	}
}

TEST(delay_not_as_expected,
	"an answer that comes at another time than expected is noticed within its own time and 10 ms")
{
	unsigned nacks;
	for (unsigned computing = 0; computing <= 100000; computing += 37) {
		uint64_t delay = wake_up_delay(48000, computing, &nacks);
		CHECK(delay <= (computing < 1000 ? 1000 : computing) && delay <= 10100);
		CHECK(computing < 10000 || nacks <= polls_unexpected(computing));
	}
}

TEST(delay_of_long_work, "longer work is noticed within a 64th of its time, and 10 ms at most")
{
	unsigned nacks;
	for (unsigned computing = 100000; computing < 990000; computing += 1009) {
		uint64_t delay = wake_up_delay(0, computing, &nacks);
		CHECK(delay <= 2000 || delay <= computing / 64 + 100);
		CHECK(delay <= 10100);
	}
}

TEST(no_flood, "a chip that computes for 30 s is polled at most 100 times a second in the end, about 3200 times in all")
{
	static char script[4096] = ">c 5A 00 04 " COMMAND "\n";
	struct fixture fixture;
	for (int second = 0; second < 30; second++)
		strcat(script, "<+990000 A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n");
	strcat(script, "<c A5 00 04 " RESPONSE "\n");
	fixture_open_reset(&fixture, script);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	printf("%u polls\n", fixture.bus.nacks);
	CHECK(fixture.bus.nacks <= 3200);
}

TEST(minimum_polling_time, "the ATR's minimum polling time is kept")
{
	struct fixture fixture;
	fixture_open(&fixture,
		"> 5A CF 00 37 7F\n<c A5 EF 16 00A000000396 04 03E8 00FE 02 09 03E8 08 05 000000 0064\n"
		">c 5A 00 04 " COMMAND "\n<c+49000 A5 00 04 " RESPONSE "\n");
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK(fixture.bus.nacks <= 1 + 10);
}

TEST(guard_time, "the ATR's guard time passes between blocks, each way")
{
	struct fixture fixture;
	fixture_open(&fixture,
		"> 5A CF 00 37 7F\n<c A5 EF 16 00A000000396 04 03E8 00FE 02 09 03E8 08 01 000000 01F4\n"
		">c 5A 00 04 " COMMAND "\n<c A5 00 04 " RESPONSE "\n"
		">c 5A 40 04 " COMMAND "\n<c A5 40 04 " RESPONSE "\n");
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	uint64_t before = fixture.bus.slept;
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK(fixture.bus.slept - before >= 500 + 500 + 500);
}

TEST(state_size, "the link's state with its block buffer takes at most 600 bytes")
{
	CHECK(sizeof(t1_t) <= 600);
}
