/* SPDX-License-Identifier: MIT */
/* What a bus and a chip may do wrong: each fault ends with the right response, or with an error that says what it was.
 */
#include "harness.h"
#include "t1_fixture.h"

#include <string.h>

#define I_COMMAND ">c 5A 00 04 " COMMAND "\n"
#define I_RESPONSE "<c A5 00 04 " RESPONSE "\n"
#define NAK_CRC "> 5A 81 00 41 A3\n"
#define NAK_OTHER "> 5A 82 00 29 89\n"

TEST(corrupted, "a response with a wrong CRC is asked for again")
{
	fixture_check_recovery(I_COMMAND "< A5 00 04 " RESPONSE " 00 00\n" NAK_CRC I_RESPONSE);
}

TEST(corrupted_anywhere, "a response with any bit wrong is asked for again, or its length waited for, and never taken")
{
	uint8_t frame[BLOCK_MAX];
	size_t length = bytes_of("A5 00 04 " RESPONSE, frame, sizeof frame);
	uint16_t crc = block_crc(frame, length);
	frame[length++] = (uint8_t)crc;
	frame[length++] = (uint8_t)(crc >> 8);
	for (size_t bit = 0; bit < length * 8; bit++) {
		char hex[3 * BLOCK_MAX] = "";
		char script[1024];
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		for (size_t i = 0; i < length; i++)
			snprintf(hex + 2 * i, 3, "%02X", frame[i]);
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		snprintf(script, sizeof script, I_COMMAND "< %s\n" NAK_CRC I_RESPONSE, hex);
		fixture_check_recovery(script);
	}
}

TEST(corrupted_thrice, "the third repetition may be the good one")
{
	const char *bad = "< A5 00 04 " RESPONSE " 00 00\n" NAK_CRC;
	char script[512];
	snprintf(script, sizeof script, "%s%s%s%s%s", I_COMMAND, bad, bad, bad, I_RESPONSE);
	fixture_check_recovery(script);
}

TEST(corrupted_for_ever, "after three repetitions the protocol is called broken")
{
	const char *bad = "< A5 00 04 " RESPONSE " 00 00\n";
	char script[512];
	snprintf(script, sizeof script, "%s%s%s%s%s%s%s%s", I_COMMAND, bad, NAK_CRC, bad, NAK_CRC, bad, NAK_CRC, bad);
	fixture_check_failure(script, T1_BAD_PROTOCOL);
}

TEST(truncated, "a response that is cut off is asked for again: the bytes of a released bus fill it")
{
	fixture_check_recovery(I_COMMAND "< A5 00 04 01 02 90\n" NAK_CRC I_RESPONSE);
	fixture_check_recovery(I_COMMAND "< A5 00\n" NAK_CRC I_RESPONSE);
}

TEST(rest_missing, "a response whose rest is never acknowledged is asked for again")
{
	fixture_check_recovery(I_COMMAND "< A5 00 04 01 02\n" NAK_CRC I_RESPONSE);
}

TEST(wrong_nad, "a block with a wrong NAD is drained and asked for again")
{
	fixture_check_recovery(I_COMMAND "<c 5A 00 04 " RESPONSE "\n" NAK_CRC I_RESPONSE);
	fixture_check_recovery(I_COMMAND "<c 4B 00 04 " RESPONSE "\n" NAK_CRC I_RESPONSE);
}

TEST(wrong_length, "a LEN that no block can have is drained and asked for again")
{
	fixture_check_recovery(I_COMMAND "<c A5 00 FF " RESPONSE "\n" NAK_CRC I_RESPONSE);
}

TEST(length_too_small, "a LEN that is too small leaves bytes over, which are drained")
{
	fixture_check_recovery(I_COMMAND "<c A5 00 02 " RESPONSE "\n" NAK_CRC I_RESPONSE);
}

TEST(shifted_frame, "a byte before the frame is drained with it, and the frame asked for again")
{
	fixture_check_recovery(I_COMMAND "<c 00 A5 00 04 " RESPONSE "\n" NAK_CRC I_RESPONSE);
}

TEST(wrong_number, "a block with the other N(S) is swallowed, the right one after it is taken")
{
	fixture_check_recovery(I_COMMAND "<c A5 40 04 05069000\n" I_RESPONSE);
}

TEST(wrong_number_only, "when nothing follows a block with the other N(S), the right one is asked for after BWT")
{
	fixture_check_recovery(I_COMMAND "<c A5 40 04 05069000\n" NAK_OTHER I_RESPONSE);
}

TEST(wrong_number_flood, "eight blocks with the wrong number are swallowed, nine are a broken protocol")
{
	char script[512] = I_COMMAND;
	for (int i = 0; i < 8; i++)
		strcat(script, "<c A5 40 02 9000\n");
	strcat(script, I_RESPONSE);
	fixture_check_recovery(script);

	strcpy(script, I_COMMAND);
	for (int i = 0; i < 9; i++)
		strcat(script, "<c A5 40 02 9000\n");
	fixture_check_failure(script, T1_BAD_PROTOCOL);
}

TEST(undefined_pcb_bits, "an I- or R-block with bits that the specification reserves is refused")
{
	fixture_check_recovery(I_COMMAND "<c A5 01 04 " RESPONSE "\n" NAK_OTHER I_RESPONSE);
	fixture_check_recovery(I_COMMAND "<c A5 84 00\n" NAK_OTHER I_RESPONSE);
}

static void check_refused_at_once(const char *script)
{
	struct fixture fixture;
	fixture_open_reset(&fixture, script);
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK(bus_now(&fixture.bus.base) - start < 10000);
	scripted_bus_check_done(&fixture.bus);
}

TEST(undefined_s_block, "an S-block that no chip may send is refused immediately")
{
	check_refused_at_once(I_COMMAND "<c A5 C0 00\n" NAK_OTHER I_RESPONSE);
	check_refused_at_once(I_COMMAND "<c A5 D2 00\n" NAK_OTHER I_RESPONSE);
}

TEST(stray_s_response, "a late answer to an earlier reset is swallowed")
{
	fixture_check_recovery(I_COMMAND "< A5 EF 23 ATR 87 77\n" I_RESPONSE);
}

TEST(r_nak, "a chip that got the command wrong gets it again")
{
	fixture_check_recovery(I_COMMAND "<c A5 81 00\n" I_COMMAND I_RESPONSE);
	fixture_check_recovery(I_COMMAND "<c A5 82 00\n" I_COMMAND I_RESPONSE);
}

TEST(r_nak_thrice, "the third repetition of a command may be the good one")
{
	fixture_check_recovery(
		I_COMMAND "<c A5 81 00\n" I_COMMAND "<c A5 81 00\n" I_COMMAND "<c A5 81 00\n" I_COMMAND I_RESPONSE);
}

TEST(r_nak_for_ever, "a chip that never gets the command right is called broken")
{
	fixture_check_failure(I_COMMAND "<c A5 81 00\n" I_COMMAND "<c A5 81 00\n" I_COMMAND "<c A5 81 00\n" I_COMMAND
									"<c A5 81 00\n",
		T1_BAD_PROTOCOL);
}

TEST(pointless_acknowledgement, "an acknowledgement where an answer is due is no answer")
{
	fixture_check_recovery(I_COMMAND "<c A5 90 00\n" NAK_OTHER I_RESPONSE);
}

TEST(command_lost,
	"a command that the chip wants only when it is asked is not sent again: a chip that was reset may have executed it before")
{
	fixture_check_failure(I_COMMAND NAK_OTHER "<c A5 82 00\n", T1_BAD_PROTOCOL);
	fixture_check_failure(I_COMMAND "< A5 00 04 " RESPONSE " 00 00\n" NAK_CRC "<c A5 82 00\n", T1_BAD_PROTOCOL);
}

TEST(response_lost, "a response that got lost is repeated by the chip after BWT")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, I_COMMAND NAK_OTHER I_RESPONSE);
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	uint64_t took = bus_now(&fixture.bus.base) - start;
	CHECK(took >= 1000000 && took < 1020000);
}

TEST(silent, "a chip that stops answering is given up after four times BWT")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, "deaf\n");
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_NO_ANSWER);
	uint64_t took = bus_now(&fixture.bus.base) - start;
	CHECK(took >= 4000000 && took < 4100000);
}

TEST(gone, "a chip that acknowledges nothing any more is given up after BWT")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, "gone\n");
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_NO_ANSWER);
	CHECK(bus_now(&fixture.bus.base) - start < 1100000);
}

TEST(write_not_acknowledged, "a write that is not acknowledged is repeated whole, wherever it broke off")
{
	fixture_check_recovery(">c! 5A 00 04 " COMMAND "\n" I_COMMAND I_RESPONSE);
	fixture_check_recovery("nack 11\n" I_COMMAND I_RESPONSE);
}

TEST(leftovers_before_command,
	"bytes that were not fetched before are drained when the chip takes no command because of them")
{
	fixture_check_recovery("< 01 02 03 04 05 06 07\n" I_COMMAND I_RESPONSE);
}

TEST(
	late_answer, "an answer that comes just after BWT is not lost, and its repetition not mistaken for the next answer")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		I_COMMAND NAK_OTHER I_RESPONSE "<c A5 00 04 " RESPONSE "\n"
									   ">c 5A 40 04 80040021\n"
									   "<c A5 40 04 05069000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	fixture_check_response(&fixture, RESPONSE);
	CHECK_EQUAL(fixture_exchange(&fixture, "80040021"), T1_OK);
	fixture_check_response(&fixture, "05069000");
	scripted_bus_check_done(&fixture.bus);
}

TEST(repetition_behind_command, "a repetition that turns up after the next command is swallowed")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		I_COMMAND "< A5 00 04 " RESPONSE " 00 00\n" NAK_CRC I_RESPONSE ">c 5A 40 04 80040021\n"
				  "<c A5 00 04 " RESPONSE "\n"
				  "<c A5 40 04 05069000\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, "80040021"), T1_OK);
	fixture_check_response(&fixture, "05069000");
}

/* Whether the exchange after a troubled one reads once before it writes. */
static void check_drain_after(const char *trouble)
{
	char script[512];
	struct fixture fixture;
	snprintf(script, sizeof script,
		"%s>c 5A 40 04 " COMMAND "\n<c A5 40 02 9000\n>c 5A 00 04 " COMMAND "\n<c A5 00 02 9000\n", trouble);
	fixture_open_reset(&fixture, script);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	unsigned transactions = fixture.bus.transactions;
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture.bus.transactions - transactions, 1 + 3);
	transactions = fixture.bus.transactions;
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture.bus.transactions - transactions, 3);
}

TEST(drain_after_trouble,
	"after an exchange with repetitions, and only there, the chip is drained before the next command")
{
	check_drain_after(I_COMMAND "< A5 00 04 " RESPONSE " 00 00\n" NAK_CRC I_RESPONSE);
	check_drain_after(I_COMMAND "<c A5 81 00\n" I_COMMAND I_RESPONSE);
	check_drain_after(I_COMMAND "<c A5 40 02 9000\n" I_RESPONSE);
}

TEST(drain_fails, "an error of the bus in that drain ends the exchange")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, I_COMMAND "<c A5 81 00\n" I_COMMAND I_RESPONSE "error\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_BUS_ERROR);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_RESET_NEEDED);
}

TEST(sleep_fails, "a bus that fails while the host sleeps ends the exchange")
{
	fixture_check_failure("sleepless\n" I_COMMAND, T1_BUS_ERROR);
	fixture_check_failure(I_COMMAND "sleepless\n", T1_BUS_ERROR);
	fixture_check_failure("nack 1\n"
						  "sleepless\n",
		T1_BUS_ERROR);
}

TEST(poll_sleep_fails, "the same between two polls")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, I_COMMAND "nack 1\nsleepless\n");
	bus_sleep(&fixture.bus.base, 1000);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_BUS_ERROR);
}

TEST(wtx, "S(WTX) is answered with its own multiplier, in chains too, and is no retry")
{
	fixture_check_recovery(I_COMMAND "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n"
									 "< A5 C3 01 02 80 EF\n> 5A E3 01 02 69 29\n"
									 "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n"
									 "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n"
									 "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n" I_RESPONSE);
}

TEST(wtx_extends, "S(WTX) with 5 lets the chip compute for five times BWT")
{
	fixture_check_recovery(I_COMMAND "<c A5 C3 01 05\n>c 5A E3 01 05\n<c+4900000 A5 00 04 " RESPONSE "\n");
}

TEST(wtx_zero, "S(WTX) with 0, which means nothing, is answered and counts as 1")
{
	fixture_check_recovery(I_COMMAND "<c A5 C3 01 00\n>c 5A E3 01 00\n<c+900000 A5 00 04 " RESPONSE "\n");
}

TEST(wtx_of_30_s, "thirty seconds of computing, a second each, are waited for")
{
	char script[4096] = I_COMMAND;
	for (int second = 0; second < 30; second++)
		strcat(script, "<+990000 A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n");
	strcat(script, "<c+990000 A5 00 04 " RESPONSE "\n");
	fixture_check_recovery(script);
}

TEST(wtx_answer_refused, "a chip that got the answer to S(WTX) wrong gets it again, whichever number it gives")
{
	fixture_check_recovery(
		I_COMMAND "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n<c A5 91 00\n> 5A E3 01 01 F2 1B\n" I_RESPONSE);
	fixture_check_recovery(
		I_COMMAND "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n<c A5 82 00\n> 5A E3 01 01 F2 1B\n" I_RESPONSE);
}

TEST(wtx_answer_refused_time, "an answer to S(WTX) that is sent again grants the same time again")
{
	fixture_check_recovery(I_COMMAND "<c A5 C3 01 05\n>c 5A E3 01 05\n<c A5 91 00\n>c 5A E3 01 05\n"
									 "<c+4900000 A5 00 04 " RESPONSE "\n");
}

TEST(wtx_malformed, "S(WTX) without a multiplier is refused")
{
	fixture_check_recovery(I_COMMAND "<c A5 C3 00\n" NAK_OTHER I_RESPONSE);
}

TEST(wtx_for_ever, "a chip that asks for more time without end is given up after two minutes")
{
	static char script[20000] = I_COMMAND;
	struct fixture fixture;
	for (int second = 0; second < 130; second++)
		strcat(script, "<+1000000 A5 C3 01 02 80 EF\n> 5A E3 01 02 69 29\n");
	fixture_open_reset(&fixture, script);
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_TOO_SLOW);
	uint64_t took = bus_now(&fixture.bus.base) - start;
	CHECK(took >= 120000000 && took < 122000000);
}

TEST(wtx_then_silence, "a chip that falls silent after S(WTX) of 255 is given up after two minutes, not four")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, I_COMMAND "<c A5 C3 01 FF\n>c 5A E3 01 FF\ndeaf\n");
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_TOO_SLOW);
	CHECK(bus_now(&fixture.bus.base) - start < 121000000);
}

TEST(abort_chain, "S(ABORT) is answered and ends the exchange")
{
	fixture_check_failure(I_COMMAND "<c A5 C2 00\n>c 5A E2 00\n", T1_ABORTED);
}

TEST(bus_error, "an error of the bus ends the exchange immediately, at any transaction of it")
{
	fixture_check_failure("error\n", T1_BUS_ERROR);
	fixture_check_failure(I_COMMAND "error\n", T1_BUS_ERROR);
	fixture_check_failure(I_COMMAND "<c A5 20 01 01\nerror\n", T1_BUS_ERROR);
	fixture_check_failure(I_COMMAND "< A5 00 04 " RESPONSE " 00 00\nerror\n", T1_BUS_ERROR);
}

TEST(nack_as_disturbance, "an adapter that says NACK as any other failure is polled like one that says NACK")
{
	struct fixture fixture;
	fixture_check_recovery(I_COMMAND "disturbed 25\n" I_RESPONSE);
	fixture_check_recovery(I_COMMAND "<c A5 20 02 0102\n> 5A 90 00 08 2F\ndisturbed 5\n<c A5 40 02 9000\n");
	fixture_open(&fixture, "disturbed 400\n" RESET);
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
}

TEST(one_disturbance, "one disturbed transaction, wherever it is in an exchange, costs no more than a repetition")
{
	fixture_check_recovery(I_COMMAND "disturbed 1\n" I_RESPONSE);
	fixture_check_recovery(I_COMMAND "< A5 00 04\ndisturbed 1\n<c 01029000\n" NAK_CRC I_RESPONSE);
	fixture_check_recovery(I_COMMAND "<c A5 20 02 0102\ndisturbed 1\n> 5A 90 00 08 2F\n<c A5 40 02 9000\n");
	fixture_check_recovery(I_COMMAND "< A5 00 04 " RESPONSE " 00 00\ndisturbed 2\n" NAK_CRC I_RESPONSE);
	fixture_check_recovery(">c~ 5A 00 04 " COMMAND "\n" I_RESPONSE);
	fixture_check_recovery(">c~ 5A 00 04 " COMMAND "\n<c A5 81 00\n" I_COMMAND I_RESPONSE);
	fixture_check_recovery(I_COMMAND "< A5 C3 01 01 1B DD\n>~ 5A E3 01 01 F2 1B\n" I_RESPONSE);
}

TEST(disturbed_command, "a command whose write was disturbed is not written a second time unless the chip asks for it")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, "disturbed 1\n" NAK_OTHER "<c A5 82 00\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_BAD_PROTOCOL);
	CHECK(fixture.t1.delivered);
	scripted_bus_check_done(&fixture.bus);
}

TEST(disturbed_for_ever, "a bus on which every transaction fails is reported with its words, in an exchange after 2 s")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, I_COMMAND "disturbed 1000000\n");
	uint64_t start = bus_now(&fixture.bus.base);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_BUS_ERROR);
	CHECK(bus_now(&fixture.bus.base) - start < 2100000);
	CHECK(strcmp(fixture.bus.base.reason, "scripted disturbance") == 0);
}

TEST(disturbed_once, "a silence that began with a disturbance is a silence")
{
	fixture_check_failure(I_COMMAND "disturbed 1\ndeaf\n", T1_NO_ANSWER);
}

TEST(reset_behind_our_back,
	"a chip that lost power meanwhile asks for number 0: the link ends in an error, not in a wrong answer")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		I_COMMAND I_RESPONSE ">c 5A 40 04 " COMMAND "\n<c A5 82 00\n"
							 ">c 5A 92 00\n<c A5 82 00\n"
							 ">c 5A 92 00\n<c A5 82 00\n"
							 ">c 5A 92 00\n<c A5 82 00\n");
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_BAD_PROTOCOL);
	scripted_bus_check_done(&fixture.bus);
	fixture.bus.script = RESET I_COMMAND I_RESPONSE;
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	fixture_check_response(&fixture, RESPONSE);
}

TEST(after_failure, "after a failure a reset makes the link work again, with numbers from 0")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		I_COMMAND I_RESPONSE ">c 5A 40 04 " COMMAND "\n<c A5 C2 00\n>c 5A E2 00\n" RESET I_COMMAND I_RESPONSE);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_ABORTED);
	CHECK_EQUAL(fixture_reset(&fixture), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	scripted_bus_check_done(&fixture.bus);
}

TEST(empty_command, "an empty command is refused before anything is sent, and does no harm")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, I_COMMAND I_RESPONSE);
	CHECK_EQUAL(fixture_exchange(&fixture, ""), T1_BAD_COMMAND);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
}

TEST(no_trace_of_data, "after an exchange the block buffer holds nothing of it")
{
	struct fixture fixture;
	fixture_open_reset(&fixture, I_COMMAND I_RESPONSE);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	for (size_t i = 0; i < sizeof fixture.t1.block; i++)
		CHECK_EQUAL(fixture.t1.block[i], 0);
}

static uint32_t count_repeats(const char *script)
{
	struct fixture fixture;
	fixture_open_reset(&fixture, script);
	CHECK_EQUAL(fixture.t1.repeats, 0);
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	return fixture.t1.repeats;
}

TEST(repeats_counted, "each block that is sent or asked for again counts as a repetition, polls and S(WTX) do not")
{
	CHECK_EQUAL(count_repeats(I_COMMAND "<c+500000 A5 00 04 " RESPONSE "\n"), 0);
	CHECK_EQUAL(count_repeats(I_COMMAND "< A5 C3 01 01 1B DD\n> 5A E3 01 01 F2 1B\n" I_RESPONSE), 0);
	CHECK_EQUAL(count_repeats(I_COMMAND "<c A5 40 02 9000\n" I_RESPONSE), 0);
	CHECK_EQUAL(count_repeats(I_COMMAND "< A5 00 04 " RESPONSE " 00 00\n" NAK_CRC I_RESPONSE), 1);
	CHECK_EQUAL(count_repeats(I_COMMAND "<c A5 81 00\n" I_COMMAND "<c A5 81 00\n" I_COMMAND I_RESPONSE), 2);
	CHECK_EQUAL(count_repeats(I_COMMAND NAK_OTHER I_RESPONSE), 1);
}
