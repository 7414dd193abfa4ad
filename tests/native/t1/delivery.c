/* SPDX-License-Identifier: MIT */
/* What is known of a command that failed: whether the chip may have executed it. A command that changes something in
   the chip is repeated only when it was not. */
#include "harness.h"
#include "t1_fixture.h"

#define I_COMMAND ">c 5A 00 04 " COMMAND "\n"
#define ONES_10 "11111111111111111111"
#define ONES_50 ONES_10 ONES_10 ONES_10 ONES_10 ONES_10
#define ONES_254 ONES_50 ONES_50 ONES_50 ONES_50 ONES_50 "11111111"

static void check_delivered(const char *script, const char *command, t1_result expected, bool delivered)
{
	struct fixture fixture;
	fixture_open_reset(&fixture, script);
	CHECK_EQUAL(fixture_exchange(&fixture, command), expected);
	CHECK_EQUAL(fixture.t1.delivered, delivered);
}

TEST(never_acknowledged, "a command whose write the chip never acknowledged was not executed")
{
	check_delivered("gone\n", COMMAND, T1_NO_ANSWER, false);
	check_delivered(">c! 5A 00 04 " COMMAND "\ngone\n", COMMAND, T1_NO_ANSWER, false);
}

TEST(unanswered, "a command that was written and never answered may have been executed")
{
	check_delivered("deaf\n", COMMAND, T1_NO_ANSWER, true);
	check_delivered(I_COMMAND "gone\n", COMMAND, T1_NO_ANSWER, true);
}

TEST(answered_badly, "a command whose answer is broken, refused or aborted may have been executed")
{
	check_delivered(I_COMMAND "<c A5 C2 00\n>c 5A E2 00\n", COMMAND, T1_ABORTED, true);
	check_delivered(I_COMMAND "<c A5 60 02 0102\n", COMMAND, T1_BAD_PROTOCOL, true);
}

/* Granted time, and a chip that knows of none. */
#define WTX_ANSWER "> 5A E3 01 01 F2 1B\n<c A5 82 00\n"

TEST(wanted_late,
	"a command that the chip wants again after a while may have been executed: it may have been reset in between")
{
	check_delivered(I_COMMAND "> 5A 82 00 29 89\n<c A5 82 00\n", COMMAND, T1_BAD_PROTOCOL, true);
	check_delivered(
		I_COMMAND "< A5 C3 01 01 1B DD\n" WTX_ANSWER WTX_ANSWER WTX_ANSWER WTX_ANSWER, COMMAND, T1_BAD_PROTOCOL, true);
}

TEST(first_chunk_only, "a command of two blocks was not executed when the second one was never acknowledged")
{
	check_delivered(">c 5A 20 FE " ONES_254 "\n"
					"gone\n",
		ONES_254 "22", T1_NO_ANSWER, false);
	check_delivered(">c 5A 20 FE " ONES_254 "\n<c A5 90 00\ngone\n", ONES_254 "22", T1_NO_ANSWER, false);
	check_delivered(">c 5A 20 FE " ONES_254 "\n<c A5 90 00\n>c 5A 40 01 22\ngone\n", ONES_254 "22", T1_NO_ANSWER, true);
}

TEST(bus_error, "a write that ends in an error of the bus may have arrived, one before it executes nothing")
{
	check_delivered("error\n", COMMAND, T1_BUS_ERROR, true);
	check_delivered(">c 5A 20 FE " ONES_254 "\nerror\n", ONES_254 "22", T1_BUS_ERROR, false);
}

TEST(disturbed, "a last block whose write was disturbed may have arrived, one before it executes nothing")
{
	check_delivered("disturbed 1\ndeaf\n", COMMAND, T1_NO_ANSWER, true);
	check_delivered(">c 5A 20 FE " ONES_254 "\ndisturbed 1000000\n", ONES_254 "22", T1_BUS_ERROR, false);
}

TEST(
	not_sent, "a command that was refused before anything was sent was not executed, whatever became of the one before")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, "deaf\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_NO_ANSWER);
	CHECK(fixture.t1.delivered);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_RESET_NEEDED);
	CHECK(!fixture.t1.delivered);
	CHECK_EQUAL(fixture_exchange(&fixture, ""), T1_BAD_COMMAND);
	CHECK(!fixture.t1.delivered);
}
