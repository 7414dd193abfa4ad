/* SPDX-License-Identifier: MIT */
/* Blocks of every kind that get lost, come twice or broken, and a chip that is reset, at each place where that can
 * happen. */
#include "harness.h"
#include "t1_fixture.h"

#include <string.h>

#define I_COMMAND ">c 5A 00 04 " COMMAND "\n"
#define I_RESPONSE "<c A5 00 04 " RESPONSE "\n"
#define NAK_CRC "> 5A 81 00 41 A3\n"
#define NAK_OTHER "> 5A 82 00 29 89\n"
#define WTX_1 "< A5 C3 01 01 1B DD\n"
#define WTX_1_RESPONSE "> 5A E3 01 01 F2 1B\n"

/* A command of two blocks, the chip's IFSC being 3. */
#define SMALL_IFSC_RESET "> 5A CF 00 37 7F\n<c A5 EF 16 00A000000396 04 03E8 0003 02 09 03E8 08 01 000000 0064\n"
#define CHUNK_1 ">c 5A 20 03 800400\n"
#define CHUNK_1_ACK "<c A5 90 00\n"
#define CHUNK_2 ">c 5A 40 01 20\n"

/* A response of two blocks. */
#define PART_1 "<c A5 20 02 0102\n"
#define PART_1_ACK "> 5A 90 00 08 2F\n"
#define PART_2 "<c A5 40 02 9000\n"

static t1_result exchange_of_two_blocks(struct fixture *fixture, const char *script)
{
	char whole[1024];
	snprintf(whole, sizeof whole, "%s%s", SMALL_IFSC_RESET, script);
	fixture_open(fixture, whole);
	CHECK_EQUAL(fixture_reset(fixture), T1_OK);
	return fixture_exchange(fixture, COMMAND);
}

/* A command of two blocks, with faults, which must end with RESPONSE. */
static void check_chained_command(const char *script)
{
	struct fixture fixture;
	CHECK_EQUAL(exchange_of_two_blocks(&fixture, script), T1_OK);
	fixture_check_response(&fixture, RESPONSE);
	scripted_bus_check_done(&fixture.bus);
}

static t1_result exchange_of_three_blocks(struct fixture *fixture, const char *script)
{
	char whole[1024];
	snprintf(whole, sizeof whole, "%s" CHUNK_1 CHUNK_1_ACK ">c 5A 60 03 200102\n<c A5 80 00\n>c 5A 00 01 03\n%s",
		SMALL_IFSC_RESET, script);
	fixture_open(fixture, whole);
	CHECK_EQUAL(fixture_reset(fixture), T1_OK);
	return fixture_exchange(fixture, COMMAND "010203");
}

TEST(chunk_lost, "a block of a long command that got lost is sent again: the chip has not executed anything")
{
	check_chained_command(CHUNK_1 NAK_OTHER "<c A5 82 00\n" CHUNK_1 CHUNK_1_ACK CHUNK_2 I_RESPONSE);
	check_chained_command(CHUNK_1 NAK_OTHER "<c A5 80 00\n" CHUNK_1 CHUNK_1_ACK CHUNK_2 I_RESPONSE);
}

TEST(last_chunk_lost, "a last block with number 1 is sent again: a chip that was reset would want number 0")
{
	check_chained_command(CHUNK_1 CHUNK_1_ACK CHUNK_2 NAK_OTHER "<c A5 92 00\n" CHUNK_2 I_RESPONSE);
}

TEST(chunk_wanted_by_reset_chip,
	"a later block with number 0 that got lost ends the exchange: a chip that was reset would take the rest for a "
	"command")
{
	struct fixture fixture;
	CHECK_EQUAL(exchange_of_three_blocks(&fixture, NAK_OTHER "<c A5 82 00\n"), T1_BAD_PROTOCOL);
	CHECK(fixture.t1.delivered);
	CHECK_EQUAL(
		exchange_of_two_blocks(&fixture,
			CHUNK_1 CHUNK_1_ACK CHUNK_2 NAK_OTHER "<c A5 82 00\n" NAK_OTHER "<c A5 82 00\n" NAK_OTHER "<c A5 82 00\n"),
		T1_BAD_PROTOCOL);
	CHECK(fixture.t1.delivered);
}

TEST(chunk_ack_lost, "an acknowledgement of the chip that got lost is asked for again")
{
	check_chained_command(CHUNK_1 NAK_OTHER CHUNK_1_ACK CHUNK_2 I_RESPONSE);
}

TEST(chunk_ack_twice, "an acknowledgement that comes twice sends no block twice")
{
	check_chained_command(CHUNK_1 CHUNK_1_ACK CHUNK_2 CHUNK_1_ACK CHUNK_2 I_RESPONSE);
}

TEST(chunk_ack_wrong_number, "an acknowledgement with the wrong N(R) ends in an error before the command is complete")
{
	struct fixture fixture;
	CHECK_EQUAL(
		exchange_of_two_blocks(&fixture,
			CHUNK_1 "<c A5 80 00\n" CHUNK_1 "<c A5 92 00\n" NAK_OTHER "<c A5 92 00\n" NAK_OTHER "<c A5 92 00\n"),
		T1_BAD_PROTOCOL);
	CHECK(!fixture.t1.delivered);
}

TEST(aborted_command, "S(ABORT) within a long command ends it, and it was not executed")
{
	struct fixture fixture;
	CHECK_EQUAL(exchange_of_two_blocks(&fixture, CHUNK_1 "<c A5 C2 00\n>c 5A E2 00\n"), T1_ABORTED);
	CHECK(!fixture.t1.delivered);
}

TEST(ack_lost,
	"an acknowledgement of the host that got lost is made up for: the chip is asked for its next block after BWT")
{
	fixture_check_recovery(I_COMMAND PART_1 PART_1_ACK "> 5A 92 00 B8 1C\n" PART_2);
}

TEST(part_lost, "a block of a long response that got lost is asked for again by its number")
{
	fixture_check_recovery(I_COMMAND NAK_OTHER PART_1 PART_1_ACK PART_2);
}

TEST(part_late, "a block of a long response that comes after BWT, and again on R-NAK, is taken once")
{
	fixture_check_recovery(I_COMMAND NAK_OTHER PART_1 PART_1_ACK PART_1 PART_2);
}

TEST(aborted_response, "S(ABORT) within a long response ends it")
{
	fixture_check_failure(I_COMMAND PART_1 PART_1_ACK "<c A5 C2 00\n>c 5A E2 00\n", T1_ABORTED);
}

TEST(nak_refused, "a chip that got an R-NAK wrong gets it again")
{
	fixture_check_recovery(I_COMMAND "< A5 00 04 " RESPONSE " 00 00\n" NAK_CRC "<c A5 91 00\n" NAK_OTHER I_RESPONSE);
}

TEST(wtx_lost, "S(WTX) that got lost is asked for again")
{
	fixture_check_recovery(I_COMMAND NAK_OTHER WTX_1 WTX_1_RESPONSE I_RESPONSE);
}

TEST(wtx_response_lost, "a chip that did not get the answer to S(WTX) asks once more, when it is asked after that time")
{
	fixture_check_recovery(I_COMMAND WTX_1 WTX_1_RESPONSE NAK_OTHER WTX_1 WTX_1_RESPONSE I_RESPONSE);
}

TEST(wtx_twice, "S(WTX) that comes twice is answered twice")
{
	fixture_check_recovery(I_COMMAND WTX_1 WTX_1_RESPONSE WTX_1 WTX_1_RESPONSE I_RESPONSE);
}

TEST(wtx_any, "S(WTX) with any multiplier is answered with that, and so many BWT are waited for, up to two minutes")
{
	for (unsigned multiplier = 1; multiplier <= 255; multiplier++) {
		unsigned seconds = multiplier < T1_EXCHANGE_LIMIT ? multiplier : T1_EXCHANGE_LIMIT;
		char script[256];
		snprintf(script, sizeof script, I_COMMAND "<c A5 C3 01 %02X\n>c 5A E3 01 %02X\n<c+%u A5 00 04 " RESPONSE "\n",
			multiplier, multiplier, seconds * 1000000 - 20000);
		fixture_check_recovery(script);
	}
}

TEST(wtx_in_chain, "S(WTX) between the blocks of a command or of a response disturbs neither")
{
	check_chained_command(CHUNK_1 WTX_1 WTX_1_RESPONSE CHUNK_1_ACK CHUNK_2 WTX_1 WTX_1_RESPONSE I_RESPONSE);
	fixture_check_recovery(I_COMMAND PART_1 PART_1_ACK WTX_1 WTX_1_RESPONSE PART_2);
}

TEST(ifs_response_refused, "a chip that got the answer to S(IFS) wrong gets it again")
{
	fixture_check_recovery(I_COMMAND "<c A5 C1 01 20\n>c 5A E1 01 20\n<c A5 91 00\n>c 5A E1 01 20\n" I_RESPONSE);
}

/* The exchange that the script begins with a block which is then repeated whole, for each bit of it that may be wrong.
 */
static void check_any_bit(const char *before, const char *block, const char *nak, const char *behind)
{
	uint8_t frame[BLOCK_MAX + BLOCK_CRC];
	size_t length = bytes_of(block, frame, sizeof frame);
	uint16_t crc = block_crc(frame, length);
	frame[length++] = (uint8_t)crc;
	frame[length++] = (uint8_t)(crc >> 8);
	for (size_t bit = 0; bit < length * 8; bit++) {
		char hex[2 * BLOCK_MAX + 1] = "";
		char script[1024];
		for (size_t i = 0; i < length; i++)
			snprintf(hex + 2 * i, 3, "%02X", frame[i] ^ (i == bit / 8 ? 1 << bit % 8 : 0));
		snprintf(script, sizeof script, "%s< %s\n%s<c %s\n%s", before, hex, nak, block, behind);
		fixture_check_recovery(script);
	}
}

TEST(wtx_corrupted, "S(WTX) with any bit wrong is asked for again")
{
	check_any_bit(I_COMMAND, "A5 C3 01 01", NAK_CRC, WTX_1_RESPONSE I_RESPONSE);
}

TEST(part_corrupted, "a block of a chain with any bit wrong is asked for again")
{
	check_any_bit(I_COMMAND, "A5 20 02 0102", NAK_CRC, PART_1_ACK PART_2);
	check_any_bit(I_COMMAND PART_1 PART_1_ACK, "A5 40 02 9000", "> 5A 91 00 D0 36\n", "");
}

TEST(cut_anywhere, "a response that is cut off after any of its bytes is asked for again")
{
	static const char frame[] = "A500040102900038AA";
	for (int length = 1; length < 9; length++) {
		char script[256];
		snprintf(script, sizeof script, I_COMMAND "< %.*s\n" NAK_CRC I_RESPONSE, 2 * length, frame);
		fixture_check_recovery(script);
	}
}

TEST(reset_within_response, "a chip that was reset within its response ends the exchange in an error")
{
	fixture_check_failure(I_COMMAND PART_1 PART_1_ACK "<c A5 82 00\n" PART_1_ACK "<c A5 82 00\n" PART_1_ACK
													  "<c A5 82 00\n" PART_1_ACK "<c A5 82 00\n",
		T1_BAD_PROTOCOL);
}

TEST(reset_while_computing, "a chip that was reset while it computed does not get the command once more")
{
	const char *answer = WTX_1_RESPONSE "<c A5 82 00\n";
	char script[512];
	snprintf(script, sizeof script, I_COMMAND WTX_1 "%s%s%s%s", answer, answer, answer, answer);
	fixture_check_failure(script, T1_BAD_PROTOCOL);
	fixture_check_failure(I_COMMAND NAK_OTHER "<c A5 82 00\n", T1_BAD_PROTOCOL);
}

/* An exchange that fails by what the script begins, and a reset and an exchange that work when that is over. */
static void check_comes_back(const char *script, t1_result expected, uint64_t at_most_seconds)
{
	struct fixture fixture;
	fixture_open_reset(&fixture, script);
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), expected);
	CHECK(bus_now(&fixture.bus.base) - start <= at_most_seconds * 1000000);
	fixture.bus.gone = fixture.bus.deaf = fixture.bus.low = false;
	fixture.bus.script = RESET I_COMMAND I_RESPONSE;
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	fixture_check_response(&fixture, RESPONSE);
	scripted_bus_check_done(&fixture.bus);
}

TEST(silence_ends, "after a silence of any length a reset makes the same link work again")
{
	check_comes_back("gone\n", T1_NO_ANSWER, 2);
	check_comes_back("deaf\n", T1_NO_ANSWER, 5);
	check_comes_back(I_COMMAND PART_1 "gone\n", T1_NO_ANSWER, 2);
}

TEST(sda_low_ends,
	"SDA held low within an exchange ends it soon, and a reset makes the same link work again once it is free")
{
	check_comes_back("low\n", T1_BAD_PROTOCOL, 1);
	check_comes_back(I_COMMAND PART_1 "low\n", T1_BAD_PROTOCOL, 1);
}
