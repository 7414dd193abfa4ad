/* SPDX-License-Identifier: MIT */
/* The secure channel against worked vectors: keys of an SE050E2, fixed challenges. */
#include "scp03.h"
#include "harness.h"
#include "t1_fixture.h"

#include <string.h>

#define HC "1112131415161718"
#define UPDATE_DATA "90032019073824202502 0B0300 A1A2A3A4A5A6A7A8 B1569A0508F0B285"
#define INITIALIZE_UPDATE ">c 5A 00 0E 80500B0008" HC "00\n"
#define AUTHENTICATE ">c 5A 40 15 84823300103CD708A280F1EA15C17DC479EC3F6019\n<c A5 40 02 9000\n"
#define HANDSHAKE INITIALIZE_UPDATE "<c A5 00 1F " UPDATE_DATA " 9000\n" AUTHENTICATE

/* ReadObject of the UID, encrypted, and the response to it. */
#define READ_UID ">c 5A 00 21 84020000000018A864B2C5570DBC1ECFE438ACEA84E4472FCC1F4DA97999B50000\n"
#define UID_CIPHER "AC04EE5B0159D23DBB98384A6FA97ECD98C9D90AB6FCC433ABC97FB89B0EA89C"
#define UID_RESPONSE "<c A5 00 2A " UID_CIPHER "8750ACC5B0B9489D9000\n"

struct channel {
	struct fixture link;
	scp03_t scp03;
	uint8_t response[1024];
	size_t length;
};

static const char *const uid_command = "8002000000000A 41047FFF0206 43020012 0000";
static const char *const uid_plain = "418200120400500194B58D02EAB29B046AA26A701B90 9000";

static scp03_result open_against(
	struct channel *channel, const char *script, scp03_counting counting, const char *host_challenge)
{
	struct scp03_keys keys = { .version = SCP03_KEY_VERSION };
	uint8_t challenge[SCP03_CHALLENGE];
	memset(&channel->scp03, 0, sizeof channel->scp03);
	fixture_open_reset(&channel->link, script);
	bytes_of("D2DB63E7A0A5AED72A6460C4DFDCAF64", keys.enc, sizeof keys.enc + 1);
	bytes_of("738D5B798ED241B0B24768514BFBA95B", keys.mac, sizeof keys.mac + 1);
	bytes_of(host_challenge, challenge, sizeof challenge + 1);
	return scp03_open(&channel->scp03, &channel->link.t1, &keys, counting, challenge);
}

static scp03_result open_with(struct channel *channel, const char *script, scp03_counting counting)
{
	return open_against(channel, script, counting, HC);
}

static void open_channel(struct channel *channel, const char *script)
{
	CHECK_EQUAL(open_with(channel, script, SCP03_COUNT_ALL), T1_OK);
}

static scp03_result exchange(struct channel *channel, const char *command)
{
	uint8_t bytes[2048];
	size_t length = bytes_of(command, bytes, sizeof bytes);
	return scp03_exchange(&channel->scp03, &channel->link.t1, bytes, length, channel->response,
		sizeof channel->response, &channel->length);
}

static void check_response(const struct channel *channel, const char *expected)
{
	uint8_t bytes[1024];
	CHECK_EQUAL(channel->length, bytes_of(expected, bytes, sizeof bytes));
	CHECK(memcmp(channel->response, bytes, channel->length) == 0);
}

static void finish(struct channel *channel)
{
	scripted_bus_check_done(&channel->link.bus);
	scp03_close(&channel->scp03);
}

TEST(
	vector, "handshake, an encrypted command, its response and one without data are the worked vector's, byte for byte")
{
	struct channel channel;
	open_channel(
		&channel, HANDSHAKE READ_UID UID_RESPONSE ">c 5A 40 0D 84040020086DB96E4BBA761012\n<c A5 40 02 6D00\n");
	CHECK_EQUAL(exchange(&channel, uid_command), T1_OK);
	check_response(&channel, uid_plain);
	CHECK_EQUAL(exchange(&channel, "80040020"), T1_OK);
	check_response(&channel, "6D00");
	finish(&channel);
}

/*
 * Published with its session keys: community.nxp.com, m-p/2114523. The host's cryptogram and MAC were computed from
 * that S-MAC by OpenSSL.
 */
TEST(captured, "an SE050E's handshake that was captured on the bus opens the channel")
{
	struct channel channel;
	CHECK_EQUAL(open_against(&channel,
					">c 5A 00 0E 80500B0008 1122334455667788 00\n"
					"<c A5 00 1F 90032019073824202502 0B0300 05437D4E3C213D20 C4D889C1270264C4 9000\n"
					">c 5A 40 15 8482330010 F00F6091B6F1FDEE BCD19E29C783892D\n<c A5 40 02 9000\n",
					SCP03_COUNT_ALL, "1122334455667788"),
		T1_OK);
	finish(&channel);
}

TEST(short_vector, "a short command stays short, as the vector's other form")
{
	struct channel channel;
	open_channel(&channel,
		HANDSHAKE ">c 5A 00 1E 8402000018A864B2C5570DBC1ECFE438ACEA84E447ACD5C27C127698AF00\n<c A5 00 02 6985\n");
	CHECK_EQUAL(exchange(&channel, "80020000 0A 41047FFF0206 43020012 00"), T1_OK);
	check_response(&channel, "6985");
	finish(&channel);
}

TEST(update_of_32, "an INITIALIZE UPDATE response with a sequence counter is understood too")
{
	struct channel channel;
	open_channel(&channel, INITIALIZE_UPDATE "<c A5 00 22 " UPDATE_DATA " 000001 9000\n" AUTHENTICATE);
	finish(&channel);
}

TEST(update_length, "an INITIALIZE UPDATE response of another length, or of another protocol, is refused")
{
	struct channel channel;
	CHECK_EQUAL(open_with(&channel,
					INITIALIZE_UPDATE "<c A5 00 1E 032019073824202502 0B0300 A1A2A3A4A5A6A7A8 B1569A0508F0B285 9000\n",
					SCP03_COUNT_ALL),
		SCP03_BAD_RESPONSE);
	finish(&channel);
	CHECK_EQUAL(
		open_with(&channel,
			INITIALIZE_UPDATE "<c A5 00 1F 90032019073824202502 0B0200 A1A2A3A4A5A6A7A8 B1569A0508F0B285 9000\n",
			SCP03_COUNT_ALL),
		SCP03_BAD_RESPONSE);
	finish(&channel);
}

TEST(wrong_keys, "a chip with other keys shows in its cryptogram, before the host authenticates")
{
	struct channel channel;
	CHECK_EQUAL(
		open_with(&channel,
			INITIALIZE_UPDATE "<c A5 00 1F 90032019073824202502 0B0300 A1A2A3A4A5A6A7A8 B1569A0508F0B284 9000\n",
			SCP03_COUNT_ALL),
		SCP03_WRONG_KEYS);
	finish(&channel);
}

TEST(refused, "a refusal of either command of the handshake is reported with the chip's status word")
{
	struct channel channel;
	CHECK_EQUAL(open_with(&channel, INITIALIZE_UPDATE "<c A5 00 02 6A88\n", SCP03_COUNT_ALL), SCP03_REFUSED);
	CHECK_EQUAL(channel.scp03.refusal, 0x6A88);
	finish(&channel);
	CHECK_EQUAL(
		open_with(&channel,
			INITIALIZE_UPDATE "<c A5 00 1F " UPDATE_DATA
							  " 9000\n>c 5A 40 15 84823300103CD708A280F1EA15C17DC479EC3F6019\n<c A5 40 02 6982\n",
			SCP03_COUNT_ALL),
		SCP03_REFUSED);
	CHECK_EQUAL(channel.scp03.refusal, 0x6982);
	finish(&channel);
}

/* What follows a failure never goes out, neither in plain nor wrapped. */
static void check_lost(struct channel *channel)
{
	CHECK_EQUAL(exchange(channel, uid_command), T1_RESET_NEEDED);
	CHECK_EQUAL(channel->length, 0);
	finish(channel);
}

TEST(refused_then_silent, "after a failed handshake nothing goes out in plain")
{
	struct channel channel;
	CHECK_EQUAL(open_with(&channel, INITIALIZE_UPDATE "<c A5 00 02 6A88\n", SCP03_COUNT_ALL), SCP03_REFUSED);
	check_lost(&channel);
}

TEST(bad_mac, "a response with one wrong bit in data, MAC or status word is refused, and the channel is lost")
{
	static const char *const responses[] = {
		"<c A5 00 2A AD04EE5B0159D23DBB98384A6FA97ECD98C9D90AB6FCC433ABC97FB89B0EA89C8750ACC5B0B9489D9000\n",
		"<c A5 00 2A " UID_CIPHER "8750ACC5B0B9489C9000\n", "<c A5 00 2A " UID_CIPHER "8750ACC5B0B9489D9001\n"
	};
	for (size_t i = 0; i < 3; i++) {
		struct channel channel;
		char script[2048];
		snprintf(script, sizeof script, "%s%s", HANDSHAKE READ_UID, responses[i]);
		open_channel(&channel, script);
		CHECK_EQUAL(exchange(&channel, uid_command), SCP03_BAD_RESPONSE);
		check_lost(&channel);
	}
}

TEST(padding, "a response's padding is 80 and at most fifteen zeros, whatever its MAC says")
{
	static const char *const refused[] = {
		"C71F4FD7204C7DC6D2908A93E09F1EA5B091C517F0A6B19FE8FA4275D21B56D7 2454FBFF70907080", /* 80 and 16 zeros */
		"CA3D46E77E82E83E6625589971684BE1250D906B686D4E6D8B61D8ACFA42A954 14E092C32CB657D0", /* nothing but zeros */
		"3590D6A67E121E226E3242C5453062383E197C3E0BB3E6A396EFD15075F9A788 CBCD1C74CE5E74B3"	 /* no 80 at all */
	};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct channel channel;
		char script[2048];
		snprintf(script, sizeof script, "%s<c A5 00 2A %s 9000\n", HANDSHAKE READ_UID, refused[i]);
		open_channel(&channel, script);
		CHECK_EQUAL(exchange(&channel, uid_command), SCP03_BAD_RESPONSE);
		check_lost(&channel);
	}
	struct channel channel;
	open_channel(&channel,
		HANDSHAKE READ_UID "<c A5 00 2A 70B400154E3951FCA432571447C6E62D2710AFD934A5391C8658AC7D3F9B4B49"
						   " 789CF3E5F34EDEFA 9000\n");
	CHECK_EQUAL(exchange(&channel, uid_command), T1_OK);
	check_response(&channel, "4182000C 0102030405060708090A0B0C 9000");
	finish(&channel);
}

TEST(bare_success, "a success without a MAC is refused: anybody on the bus could say it")
{
	struct channel channel;
	open_channel(&channel, HANDSHAKE READ_UID "<c A5 00 02 9000\n");
	CHECK_EQUAL(exchange(&channel, uid_command), SCP03_BAD_RESPONSE);
	check_lost(&channel);
}

TEST(too_short, "a response shorter than a MAC is refused")
{
	struct channel channel;
	open_channel(&channel, HANDSHAKE READ_UID "<c A5 00 09 8750ACC5B0B948 9000\n");
	CHECK_EQUAL(exchange(&channel, uid_command), SCP03_BAD_RESPONSE);
	check_lost(&channel);
}

TEST(channel_gone, "after a bare 6982, 6987 or 6988 the channel is lost")
{
	static const char *const words[] = { "6982", "6987", "6988" };
	for (size_t i = 0; i < 3; i++) {
		struct channel channel;
		char script[2048];
		snprintf(script, sizeof script, "%s<c A5 00 02 %s\n", HANDSHAKE READ_UID, words[i]);
		open_channel(&channel, script);
		CHECK_EQUAL(exchange(&channel, uid_command), T1_OK);
		check_response(&channel, words[i]);
		check_lost(&channel);
	}
}

TEST(plain_before, "without a channel commands and responses pass as they are")
{
	struct channel channel;
	memset(&channel.scp03, 0, sizeof channel.scp03);
	fixture_open_reset(&channel.link, ">c 5A 00 04 " COMMAND "\n<c A5 00 04 " RESPONSE "\n");
	CHECK_EQUAL(exchange(&channel, COMMAND), T1_OK);
	check_response(&channel, RESPONSE);
	finish(&channel);
}

TEST(restart, "after a reset only SELECT and GET DATA pass in plain until there is a channel again")
{
	struct channel channel;
	open_channel(&channel,
		HANDSHAKE RESET ">c 5A 00 05 00A4040000\n<c A5 00 02 9000\n>c 5A 40 05 80CA00FE00\n<c A5 40 02 9000\n");
	CHECK_EQUAL(scp03_reset(&channel.scp03, &channel.link.t1, channel.link.atr, &channel.link.length), T1_OK);
	CHECK_EQUAL(exchange(&channel, uid_command), SCP03_NOT_OPEN);
	CHECK_EQUAL(exchange(&channel, "00A4040000"), T1_OK);
	CHECK_EQUAL(exchange(&channel, "80CA00FE00"), T1_OK);
	CHECK_EQUAL(exchange(&channel, "80"), SCP03_NOT_OPEN);
	finish(&channel);
}

TEST(bad_command, "what is no APDU is refused before anything is sent, and the channel stays")
{
	static const char *const commands[] = { "", "800400", "80040020 00 0000 00", "80040020 05 01020304",
		"80040020 01 01 0000", "80040020 000002 01" };
	struct channel channel;
	open_channel(&channel, HANDSHAKE READ_UID UID_RESPONSE);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		CHECK_EQUAL(exchange(&channel, commands[i]), SCP03_BAD_COMMAND);
	CHECK_EQUAL(exchange(&channel, uid_command), T1_OK);
	check_response(&channel, uid_plain);
	finish(&channel);
}

TEST(long_command, "a command that would be longer than the chip's buffer is refused")
{
	struct channel channel;
	uint8_t command[7 + 1008] = { 0x80, 0x01, 0x06, 0x00, 0x00, 0x03, 0xF0 };
	open_channel(&channel, HANDSHAKE);
	CHECK_EQUAL(scp03_exchange(&channel.scp03, &channel.link.t1, command, sizeof command, channel.response,
					sizeof channel.response, &channel.length),
		SCP03_BAD_COMMAND);
	finish(&channel);
}

TEST(derivation, "AES-CMAC is RFC 4493's, over any split of the message")
{
	uint8_t key[SCP03_BLOCK + 1], message[41], expected[SCP03_BLOCK + 1], result[SCP03_BLOCK];
	scp03_mac mac = { 0 };
	bytes_of("2b7e151628aed2a6abf7158809cf4f3c", key, sizeof key);
	bytes_of(
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411", message, sizeof message);
	bytes_of("dfa66747de9ae63030ca32611497c827", expected, sizeof expected);
	CHECK(scp03_mac_open(&mac, key));
	for (size_t split = 0; split <= 40; split++) {
		const struct scp03_part parts[] = { { message, split }, { message + split, 40 - split } };
		CHECK(scp03_mac_compute(&mac, parts, 2, result));
		CHECK(memcmp(result, expected, SCP03_BLOCK) == 0);
	}
	scp03_mac_close(&mac);
}
