/* SPDX-License-Identifier: MIT */
/* Published frames (recorded from parts, or printed in specifications) and what follows from them, byte for byte. */
#include "harness.h"
#include "t1_fixture.h"

#include <string.h>

static void check_crc(const char *hex, uint16_t expected)
{
	uint8_t bytes[BLOCK_MAX];
	CHECK_EQUAL(block_crc(bytes, bytes_of(hex, bytes, sizeof bytes)), expected);
}

static void check_block(const char *inf, uint8_t pcb, const char *expected)
{
	uint8_t frame[BLOCK_MAX];
	uint8_t bytes[BLOCK_MAX];
	uint8_t expected_bytes[BLOCK_MAX];
	size_t length = bytes_of(inf, bytes, sizeof bytes);
	size_t expected_length = bytes_of(expected, expected_bytes, sizeof expected_bytes);
	CHECK_EQUAL(block_build(frame, pcb, bytes, length), expected_length);
	CHECK(memcmp(frame, expected_bytes, expected_length) == 0);
}

TEST(crc_check_value, "the CRC is CRC-16/X-25: its catalogue check value over 123456789 is 906E")
{
	check_crc("313233343536373839", 0x906E);
	check_crc("00305F6FF2", 0x78A1);
	check_crc("01020304", 0x3991);
	check_crc("", 0x0000);
}

TEST(host_blocks, "S-, R- and I-blocks of the host are the published ones")
{
	check_block("", 0xC0, "5AC000FFFC");
	check_block("", 0xCF, "5ACF00377F");
	check_block("", 0xC7, "5AC700F7B1");
	check_block("", 0xC5, "5AC5004782");
	check_block("01", 0xE3, "5AE30101F21B");
	check_block("02", 0xE3, "5AE301026929");
	check_block("", 0x80, "5A800099BA");
	check_block("", 0x90, "5A9000082F");
	check_block("", 0x81, "5A810041A3");
	check_block("", 0x91, "5A9100D036");
	check_block("", 0x82, "5A82002989");
	check_block("", 0x92, "5A9200B81C");
	check_block(
		"00A4040010A000000396545300000001030000000000", 0x00, "5A001600A4040010A000000396545300000001030000000000A8C8");
	check_block(
		"800200000000 0A 41047FFF0206 43020012 0000", 0x40, "5A4013 800200000000 0A 41047FFF0206 43020012 0000 168B");
	check_block("80020007064104F0000101", 0x00, "5A000B80020007064104F000010161F9");
}

TEST(chip_blocks, "the published blocks of a chip have the right CRC")
{
	static const char *const frames[] = { "A5E0003F19", "A5EF23 ATR 8777", "A5E723 ATR 2A8D", "A5E5008767",
		"A5E600EF4D", "A5C301011BDD", "A5C3010280EF", "A5E101FEE064", "A580006A7C", "A59000FBE9",
		"A50009030101 6FFF010B 9000 CC8B", "A50009070200 3F9FFFFF 9000 C276", "A54002698500C1", "A50002900002AF",
		"A54018 41820012 0400500194B58D02EAB29B046AA26A701B90 9000 3394",
		"A54016 4112 0400500194B58D02EAB29B046AA26A701B90 9000 6261", "A50006 410201D6 9000 9EE4" };
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		uint8_t bytes[BLOCK_MAX];
		CHECK_EQUAL(bytes_of(frames[i], bytes, sizeof bytes), (size_t)BLOCK_MIN + bytes[2]);
		CHECK(block_header_valid(bytes));
		CHECK(block_crc_valid(bytes));
	}
}

TEST(one_bit_wrong, "a block with any one bit wrong is found out")
{
	uint8_t bytes[BLOCK_MAX];
	size_t length = bytes_of("A50009030101 6FFF010B 9000 CC8B", bytes, sizeof bytes);
	for (size_t bit = 0; bit < length * 8; bit++) {
		if (bit / 8 == 2)
			continue; /* LEN says where the CRC is */
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(!block_crc_valid(bytes));
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

TEST(atr_values, "an SE050C's ATR says BWT 1 s, IFSC 254, guard time 100 µs and 1 ms between polls")
{
	struct atr atr;
	uint8_t bytes[64];
	CHECK(atr_parse(bytes, bytes_of("ATR", bytes, sizeof bytes), &atr));
	CHECK_EQUAL(atr.bwt, 1000000);
	CHECK_EQUAL(atr.ifsc, 254);
	CHECK_EQUAL(atr.guard, 100);
	CHECK_EQUAL(atr.poll, 1000);
}

TEST(atr_other_values, "an ATR's own values are taken, those out of range are not")
{
	struct atr atr;
	uint8_t bytes[64];
	size_t length = bytes_of("00A000000396 04 07D0 0080 02 0B 0190 00 05 000000 00C8 0000 00", bytes, sizeof bytes);
	CHECK(atr_parse(bytes, length, &atr));
	CHECK_EQUAL(atr.bwt, 2000000);
	CHECK_EQUAL(atr.ifsc, 128);
	CHECK_EQUAL(atr.guard, 200);
	CHECK_EQUAL(atr.poll, 5000);

	length = bytes_of("00A000000396 04 0000 0000 02 0B 0190 00 FF 000000 FFFF 0000 00", bytes, sizeof bytes);
	CHECK(atr_parse(bytes, length, &atr));
	CHECK_EQUAL(atr.bwt, 1000000);
	CHECK_EQUAL(atr.ifsc, 254);
	CHECK_EQUAL(atr.guard, 100);
	CHECK_EQUAL(atr.poll, 1000);
}

static bool parse(const char *hex, struct atr *atr)
{
	uint8_t bytes[64];
	size_t length = bytes_of(hex, bytes, sizeof bytes);
	uint8_t *exact = malloc(length);
	memcpy(exact, bytes, length);
	bool valid = atr_parse(exact, length, atr);
	free(exact);
	return valid;
}

TEST(atr_limits, "the largest and smallest values that an ATR may have are taken")
{
	struct atr atr;
	CHECK(parse("00A000000396 04 FFFF 0001 02 0B 0190 00 0A 000000 2710 0000", &atr));
	CHECK_EQUAL(atr.bwt, 65535000);
	CHECK_EQUAL(atr.ifsc, 1);
	CHECK_EQUAL(atr.poll, 10000);
	CHECK_EQUAL(atr.guard, 10000);
	CHECK(parse("00A000000396 04 03E8 00FE 02 0B 0190 00 0B 000000 2711 0000", &atr));
	CHECK_EQUAL(atr.ifsc, 254);
	CHECK_EQUAL(atr.poll, 1000);
	CHECK_EQUAL(atr.guard, 100);
	CHECK(parse("00A000000396 04 03E8 00FF 02 0B 0190 00 01 000000 0000 0000", &atr));
	CHECK_EQUAL(atr.ifsc, 254);
	CHECK_EQUAL(atr.poll, 1000);
	CHECK_EQUAL(atr.guard, 0);
}

TEST(atr_parts,
	"an ATR's parts may be longer than known, those of another interface than I2C are not read, shorter ones neither")
{
	struct atr atr;
	CHECK(parse("00A000000396 06 07D0 0080 AABB 02 09 03E8 08 05 000000 00C8", &atr));
	CHECK_EQUAL(atr.bwt, 2000000);
	CHECK_EQUAL(atr.poll, 5000);
	CHECK(parse("00A000000396 04 07D0 0080 01 09 03E8 08 05 000000 00C8", &atr));
	CHECK_EQUAL(atr.bwt, 2000000);
	CHECK_EQUAL(atr.poll, 1000);
	CHECK(parse("00A000000396 04 07D0 0080 02 00", &atr));
	CHECK_EQUAL(atr.guard, 100);
	CHECK(parse("00A000000396 04 07D0 0080 02 08 03E8 08 05 000000 00 C8C8", &atr));
	CHECK_EQUAL(atr.poll, 1000);
	CHECK(!parse("00A000000396 03 07D000 02 09 03E8 08 05 000000 00C8", &atr));
	CHECK(!parse("00A000000396 04 07D0 0080 02", &atr));
	CHECK(!parse("00A000000396 04 07D0 0080 02 0A 03E8 08 05 000000 00C8", &atr));
	CHECK(!parse("00A000000396 FF 07D0 0080 02 09 03E8 08 05 000000 00C8", &atr));
}

TEST(atr_malformed, "an ATR that is cut off anywhere or of another vendor is refused")
{
	struct atr atr;
	uint8_t bytes[64];
	bytes_of("ATR", bytes, sizeof bytes);
	for (size_t length = 0; length < 24; length++) {
		uint8_t *exact = malloc(length > 0 ? length : 1);
		memcpy(exact, bytes, length);
		CHECK(!atr_parse(exact, length, &atr));
		free(exact);
	}
	CHECK(atr_parse(bytes, 35, &atr));
	bytes[5] ^= 1;
	CHECK(!atr_parse(bytes, 35, &atr));
}

TEST(select_frame, "SELECT after a reset crosses the bus as it was recorded from an SE050C")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		"> 5A 00 16 00A4040010A000000396545300000001030000000000 A8 C8\n"
		"< A5 00 09 03 01 01 6F FF 01 0B 90 00 CC 8B\n");
	CHECK_EQUAL(fixture_exchange(&fixture, "00A4040010A000000396545300000001030000000000"), T1_OK);
	fixture_check_response(&fixture, "0301016FFF010B9000");
	scripted_bus_check_done(&fixture.bus);
}

TEST(numbers_toggle, "the second command has N(S)=1 and the third one 0 again")
{
	struct fixture fixture;
	fixture_open_reset(&fixture,
		">c 5A 00 04 80040020\n<c A5 00 02 9000\n"
		"> 5A 40 13 8002000000000A41047FFF0206430200120000 16 8B\n"
		"< A5 40 18 41820012 0400500194B58D02EAB29B046AA26A701B90 9000 33 94\n"
		"> 5A 00 0B 80020007064104F0000101 61 F9\n"
		"< A5 00 06 410201D6 9000 9E E4\n");
	CHECK_EQUAL(fixture_exchange(&fixture, "80040020"), T1_OK);
	CHECK_EQUAL(fixture_exchange(&fixture, "8002000000000A41047FFF0206430200120000"), T1_OK);
	fixture_check_response(&fixture, "418200120400500194B58D02EAB29B046AA26A701B909000");
	CHECK_EQUAL(fixture_exchange(&fixture, "80020007064104F0000101"), T1_OK);
	fixture_check_response(&fixture, "410201D69000");
	scripted_bus_check_done(&fixture.bus);
}
