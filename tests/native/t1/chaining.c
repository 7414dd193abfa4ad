/* SPDX-License-Identifier: MIT */
/* Commands and responses that are longer than one block. */
#include "harness.h"
#include "t1_fixture.h"

#include <stdio.h>
#include <string.h>

#define ONES_10 "11111111111111111111"
#define ONES_50 ONES_10 ONES_10 ONES_10 ONES_10 ONES_10
#define ONES_254 ONES_50 ONES_50 ONES_50 ONES_50 ONES_50 "11111111"
#define TWOS_6 "222222222222"

TEST(response_of_two_blocks, "a response of two blocks is acknowledged once and put together")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 00 04 " COMMAND "\n"
		"<c A5 20 FE " ONES_254 "\n"
		"> 5A 90 00 08 2F\n"
		"<c A5 40 08 " TWOS_6 "9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	fixture_check_response(&fixture, ONES_254 TWOS_6 "9000");
	scripted_bus_check_done(&fixture.bus);
}

TEST(response_of_four_blocks, "in a long response the acknowledgements' numbers toggle")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 00 04 " COMMAND "\n"
		"<c A5 20 FE " ONES_254 "\n"
		"> 5A 90 00 08 2F\n"
		"<c A5 60 FE " ONES_254 "\n"
		"> 5A 80 00 99 BA\n"
		"<c A5 20 FE " ONES_254 "\n"
		"> 5A 90 00 08 2F\n"
		"<c A5 40 02 9000\n"
		">c 5A 40 04 " COMMAND "\n"
		"<c A5 00 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture.length, 3 * 254 + 2);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(short_chained_blocks, "blocks of a chain may be shorter than they could be")
{
	fixture_check_recovery(">c 5A 00 04 " COMMAND "\n"
						   "<c A5 20 01 01\n"
						   "> 5A 90 00 08 2F\n"
						   "<c A5 60 01 02\n"
						   "> 5A 80 00 99 BA\n"
						   "<c A5 00 02 9000\n");
}

TEST(command_of_two_blocks, "a command of 255 bytes goes out in two blocks, the first of 254")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 20 FE " ONES_254 "\n"
		"< A5 90 00 FB E9\n"
		">c 5A 40 01 22\n"
		"< A5 00 02 90 00 02 AF\n"
		">c 5A 00 04 " COMMAND "\n"
		"<c A5 40 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254 "22"), T1_OK);
	fixture_check_response(&fixture, "9000");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(command_of_254, "a command of 254 bytes is one block")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, ">c 5A 00 FE " ONES_254 "\n<c A5 00 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(command_of_three_blocks, "a command of three blocks is answered by a chain")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 20 FE " ONES_254 "\n"
		"<c A5 90 00\n"
		">c 5A 60 FE " ONES_254 "\n"
		"<c A5 80 00\n"
		">c 5A 00 06 " TWOS_6 "\n"
		"<c A5 20 02 0102\n"
		"> 5A 90 00 08 2F\n"
		"<c A5 40 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254 ONES_254 TWOS_6), T1_OK);
	fixture_check_response(&fixture, "01029000");
	scripted_bus_check_done(&fixture.bus);
}

TEST(chunk_again, "a chip that got a chunk of a command wrong gets that chunk again, and only that")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 20 FE " ONES_254 "\n"
		"<c A5 90 00\n"
		">c 5A 60 FE " ONES_254 "\n"
		"<c A5 91 00\n"
		">c 5A 60 FE " ONES_254 "\n"
		"<c A5 80 00\n"
		">c 5A 00 01 22\n"
		"<c A5 00 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254 ONES_254 "22"), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(reset_within_command,
	"a complaint that asks for the next chunk's number is no acknowledgement: the chip was reset and has no chunk at all")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 20 FE " ONES_254 "\n"
		"<c A5 90 00\n"
		">c 5A 60 FE " ONES_254 "\n"
		"<c A5 82 00\n> 5A 82 00 29 89\n"
		"<c A5 82 00\n> 5A 82 00 29 89\n"
		"<c A5 82 00\n> 5A 82 00 29 89\n"
		"<c A5 82 00\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254 ONES_254 "22"), T1_BAD_PROTOCOL);
	scripted_bus_check_done(&fixture.bus);
}

TEST(wrong_number_of_chain,
	"a chain that begins with the wrong number ends the exchange: asking for the right one would skip its first block")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, ">c 5A 00 04 " COMMAND "\n<c A5 60 02 0102\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_BAD_PROTOCOL);
	scripted_bus_check_done(&fixture.bus);
}

TEST(acknowledgement_lost, "an acknowledgement of a chunk that arrives corrupted is asked for again")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 20 FE " ONES_254 "\n"
		"< A5 90 00 00 00\n"
		"> 5A 81 00 41 A3\n"
		"<c A5 90 00\n"
		">c 5A 40 01 22\n"
		"<c A5 00 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254 "22"), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(acknowledgement_refused, "a chip that got an acknowledgement wrong gets it again")
{
	fixture_check_recovery(">c 5A 00 04 " COMMAND "\n"
						   "<c A5 20 02 0102\n"
						   "> 5A 90 00 08 2F\n"
						   "<c A5 91 00\n"
						   "> 5A 90 00 08 2F\n"
						   "<c A5 40 02 9000\n");
}

TEST(block_of_chain_corrupted, "a corrupted block in the middle of a response is asked for by its number")
{
	fixture_check_recovery(">c 5A 00 04 " COMMAND "\n"
						   "<c A5 20 01 01\n"
						   "> 5A 90 00 08 2F\n"
						   "< A5 60 01 02 00 00\n"
						   "> 5A 91 00 D0 36\n"
						   "<c A5 60 01 02\n"
						   "> 5A 80 00 99 BA\n"
						   "<c A5 00 02 9000\n");
}

TEST(block_of_chain_twice, "a block of a response that comes twice is taken once")
{
	fixture_check_recovery(">c 5A 00 04 " COMMAND "\n"
						   "<c A5 20 02 0102\n"
						   "> 5A 90 00 08 2F\n"
						   "<c A5 20 02 0102\n"
						   "<c A5 40 02 9000\n");
}

TEST(empty_block_of_chain, "an empty block that announces another one is refused, so that a chain has an end")
{
	fixture_check_failure(">c 5A 00 04 " COMMAND "\n"
						  "<c A5 20 00\n> 5A 82 00 29 89\n"
						  "<c A5 20 00\n> 5A 82 00 29 89\n"
						  "<c A5 20 00\n> 5A 82 00 29 89\n"
						  "<c A5 20 00\n",
		T1_BAD_PROTOCOL);
}

TEST(answer_too_early, "an answer before the command was complete is refused")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 20 FE " ONES_254 "\n"
		"<c A5 00 02 6700\n"
		"> 5A 82 00 29 89\n"
		"<c A5 90 00\n"
		">c 5A 40 01 22\n"
		"<c A5 00 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254 "22"), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(response_fills_buffer, "a response that just fits is taken, one byte more is reported as too long")
{
	const char *script = ">c 5A 00 04 " COMMAND "\n<c A5 20 02 0102\n> 5A 90 00 08 2F\n<c A5 40 02 9000\n";
	for (size_t capacity = 0; capacity <= 4; capacity++) {
		struct fixture fixture;
		uint8_t command[] = { 0x80, 0x04, 0x00, 0x20 };
		uint8_t *response = malloc(capacity > 0 ? capacity : 1);
		fixture_open_reset(&fixture, script);
		t1_result result = t1_exchange(&fixture.t1, command, sizeof command, response, capacity, &fixture.length);
		CHECK_EQUAL(result, capacity < 4 ? T1_RESPONSE_TOO_LONG : T1_OK);
		free(response);
	}
}

TEST(smaller_ifsc, "the chip's IFSC of the ATR is the chunks' size")
{
	struct fixture fixture;
	fixture_open(&fixture,
		"> 5A CF 00 37 7F\n"
		"<c A5 EF 16 00A000000396 04 03E8 0003 02 09 03E8 08 01 000000 0064\n"
		">c 5A 20 03 800400\n"
		"<c A5 90 00\n"
		">c 5A 40 01 20\n"
		"<c A5 00 02 9000\n");
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(ifs_request, "S(IFS) of the chip is answered and is the next chunks' size")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 20 FE " ONES_254 "\n"
		"<c A5 C1 01 02\n"
		">c 5A E1 01 02\n"
		"<c A5 90 00\n"
		">c 5A 60 02 2222\n"
		"<c A5 80 00\n"
		">c 5A 00 01 22\n"
		"<c A5 00 02 9000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, ONES_254 "222222"), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(ifs_largest, "S(IFS) may say the largest size there is, and not more often than eight times")
{
	char script[1024] = ">c 5A 00 04 " COMMAND "\n";
	for (int i = 0; i < 8; i++)
		strcat(script, "<c A5 C1 01 FE\n>c 5A E1 01 FE\n");
	strcat(script, "<c A5 00 04 " RESPONSE "\n");
	fixture_check_recovery(script);

	char *response = strstr(script, "<c A5 00 04");
	strcpy(response, "<c A5 C1 01 FE\n");
	fixture_check_failure(script, T1_BAD_PROTOCOL);
}

TEST(ifs_impossible, "S(IFS) with a size that does not exist is refused")
{
	fixture_check_recovery(">c 5A 00 04 " COMMAND "\n"
						   "<c A5 C1 01 00\n"
						   "> 5A 82 00 29 89\n"
						   "<c A5 C1 01 FF\n"
						   "> 5A 82 00 29 89\n"
						   "<c A5 00 04 " RESPONSE "\n");
}
