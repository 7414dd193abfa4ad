/* SPDX-License-Identifier: MIT */
/* First contact, and the way back from whatever an earlier host left. */
#include "harness.h"
#include "t1_fixture.h"

#include <string.h>

#define SOFT_RESET "> 5A CF 00 37 7F\n"
#define ATR_BLOCK "< A5 EF 23 ATR 87 77\n"
#define RESYNC "> 5A C0 00 FF FC\n"
#define RESYNC_RESPONSE "< A5 E0 00 3F 19\n"

static void check_reset(const char *script)
{
	struct fixture fixture;
	uint8_t atr[64];
	fixture_open(&fixture, script);
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture.length, bytes_of("ATR", atr, sizeof atr));
	CHECK(memcmp(fixture.atr, atr, fixture.length) == 0);
	scripted_bus_check_done(&fixture.bus);
}

static void check_failure(const char *script, t1_result expected, uint64_t at_most_seconds)
{
	struct fixture fixture;
	fixture_open(&fixture, script);
	CHECK_EQUAL(fixture_reset(&fixture), expected);
	CHECK(bus_now(&fixture.bus.base) <= at_most_seconds * 1000000);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_RESET_NEEDED);
}

TEST(healthy, "a healthy chip is reset by one drain, one S(soft reset) and its ATR")
{
	struct fixture fixture;
	fixture_open(&fixture, RESET);
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture.bus.nacks, 1);
	CHECK_EQUAL(fixture.bus.clocked, 1 + 6 + 6 + 36);
	CHECK_EQUAL(fixture.bus.slept, 100);
}

TEST(before_reset, "without a reset there is no exchange")
{
	struct fixture fixture;
	fixture_open(&fixture, "");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_RESET_NEEDED);
	CHECK_EQUAL(fixture.bus.transactions, 0);
}

TEST(no_chip, "an address that nothing ever acknowledges is no chip, known after four seconds")
{
	check_failure("gone\n", T1_NO_CHIP, 5);
}

TEST(silent_chip, "a chip that acknowledges and never answers is no answer, not no chip")
{
	check_failure("deaf\n", T1_NO_ANSWER, 6);
}

TEST(chip_that_left, "a chip that acknowledged anything at all, and then nothing more, is no answer either")
{
	check_failure("< 01 02 03\ngone\n", T1_NO_ANSWER, 9);
	check_failure(SOFT_RESET "gone\n", T1_NO_ANSWER, 9);
}

TEST(more_time_for_ever, "a chip that answers a reset with S(WTX) without end is given up after two minutes")
{
	static char script[20000] = SOFT_RESET;
	for (int second = 0; second < 130; second++)
		strcat(script, "<+1000000 A5 C3 01 02 80 EF\n> 5A E3 01 02 69 29\n");
	check_failure(script, T1_TOO_SLOW, 122);
}

TEST(waking_chip, "a chip that acknowledges nothing for 10 ms after power-up is waited for")
{
	check_reset("nack 14\n" SOFT_RESET ATR_BLOCK);
}

TEST(half_read, "what a host that died left unread is drained before the reset")
{
	check_reset("< 03 01 01 6F\n" SOFT_RESET ATR_BLOCK);
	check_reset("< A5 00 09 03 01 01 6F FF 01 0B 90 00 CC 8B\n" SOFT_RESET ATR_BLOCK);
}

TEST(late_leftover, "an old answer that appears after the reset is swallowed")
{
	check_reset(SOFT_RESET "<c A5 40 02 9000\n" ATR_BLOCK);
}

TEST(still_computing, "a chip that still computes for an earlier host gets its S(WTX) answered")
{
	check_reset(SOFT_RESET "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n" ATR_BLOCK);
}

TEST(computing_in_silence,
	"a chip that acknowledges nothing for three seconds, as it computes for an earlier host, is waited for")
{
	check_reset("<c+3000000 A5 40 04 " RESPONSE "\n" SOFT_RESET ATR_BLOCK);
	check_reset("<c+3000000 A5 C3 01 01\n" SOFT_RESET ATR_BLOCK);
}

TEST(late_atr, "an ATR that comes three seconds late is drained and asked for again")
{
	check_reset(SOFT_RESET "<+3000000 A5 EF 23 ATR 87 77\n" RESYNC RESYNC_RESPONSE SOFT_RESET ATR_BLOCK);
}

TEST(patience_ends, "an exchange after a reset waits for its own deadline, not for the reset's")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, "gone\n");
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_NO_ANSWER);
	CHECK(bus_now(&fixture.bus.base) - start < 1100000);
}

TEST(corrupted_atr, "a corrupted answer is followed by S(RESYNC) and another S(soft reset)")
{
	check_reset(SOFT_RESET "< A5 EF 23 ATR 00 00\n" RESYNC RESYNC_RESPONSE SOFT_RESET ATR_BLOCK);
}

TEST(deaf_to_resync, "S(RESYNC) need not be answered")
{
	check_reset(SOFT_RESET RESYNC SOFT_RESET ATR_BLOCK);
}

TEST(third_time, "the third attempt may be the good one, a fourth is not made")
{
	check_reset(SOFT_RESET RESYNC SOFT_RESET RESYNC SOFT_RESET ATR_BLOCK);
	check_failure(SOFT_RESET RESYNC SOFT_RESET RESYNC SOFT_RESET, T1_NO_ANSWER, 6);
}

TEST(atr_of_another, "an ATR that is not NXP's is reported as such, immediately")
{
	struct fixture fixture;
	fixture_open(&fixture, SOFT_RESET "<c A5 EF 0D 00D276000004 04 03E8 00FE 02 00\n");
	CHECK_EQUAL(fixture_reset(&fixture), T1_BAD_ATR);
	CHECK_EQUAL(fixture.bus.slept, 100);
}

TEST(empty_atr, "an empty ATR is reported as such")
{
	check_failure(SOFT_RESET "<c A5 EF 00\n", T1_BAD_ATR, 1);
}

TEST(bus_broken, "an error of the bus is reported immediately")
{
	check_failure("error\n", T1_BUS_ERROR, 1);
	check_failure(SOFT_RESET "error\n", T1_BUS_ERROR, 1);
}

TEST(bus_disturbed,
	"a bus on which every transaction fails otherwise than by a NACK is reported after four seconds, or eight")
{
	check_failure("disturbed 1000000\n", T1_BUS_ERROR, 5);
	check_failure(SOFT_RESET "disturbed 1000000\n", T1_BUS_ERROR, 8);
}

static void check_restart(const char *script)
{
	struct fixture fixture;
	char whole[256];
	snprintf(whole, sizeof whole, "%s" RESET, script);
	fixture_open(&fixture, whole);
	fixture.bus.restartable = true;
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture.bus.restarts, 1);
}

TEST(restart, "a chip that no reset reaches is switched off and on where its enable pin is wired, and reset once more")
{
	check_restart("gone\n");
	check_restart("deaf\n");
	check_restart("low\n");
}

TEST(no_restart, "a chip that answers is not switched off")
{
	struct fixture fixture;
	fixture_open(&fixture, RESET);
	fixture.bus.restartable = true;
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture.bus.restarts, 0);
}

TEST(sda_held_low, "a bus on which every read gives zeros ends as a broken protocol, soon")
{
	check_failure("low\n", T1_BAD_PROTOCOL, 1);
}

TEST(values_of_old_atr, "a reset forgets the values of the ATR before")
{
	struct fixture fixture;
	fixture_open(&fixture,
		SOFT_RESET "<c A5 EF 16 00A000000396 04 4E20 0003 02 09 03E8 08 01 000000 0064\n"
				   "deaf\n");
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture.t1.atr.bwt, 20000000);
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_reset(&fixture), T1_NO_ANSWER);
	CHECK(bus_now(&fixture.bus.base) - start < 6000000);
}
