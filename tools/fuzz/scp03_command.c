/* SPDX-License-Identifier: MIT */
/*
 * The secure channel's parser and wrapping of commands. Input: records, a command each: its length in two bytes, and
 * the bytes. What goes to the data link is unwrapped here by the channel's keys and must be the command again; what is
 * no command is refused, and does the channel no harm.
 */
#include "fuzz_channel.h"

#include <string.h>

enum { HEADER = 4, MAC_LENGTH = 8, COMMANDS = 4, COMMAND_MAX = 1100 };

static scp03_t scp03;
static uint8_t chaining[SCP03_BLOCK]; /* MAC chaining value before the command */
static unsigned exchanges;
static const uint8_t *plain;
static size_t plain_length;

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

/* Bytes of the Lc field, and its value. */
static size_t read_lc(const uint8_t *command, size_t length, size_t *lc)
{
	bool extended = length > HEADER + 2 && command[HEADER] == 0;
	*lc = extended ? (size_t)(command[HEADER + 1] << 8 | command[HEADER + 2]) : command[HEADER];
	return extended ? 3 : 1;
}

static size_t decrypt(const uint8_t *data, size_t length, uint8_t *result)
{
	uint8_t iv[SCP03_BLOCK] = { 0 }, zeros[SCP03_BLOCK] = { 0 };
	iv[SCP03_BLOCK - 1] = (uint8_t)scp03.counter;
	memcpy(result, data, length);
	check(length % SCP03_BLOCK == 0 && scp03_cipher_encrypt(&scp03.enc, zeros, iv, sizeof iv) &&
		scp03_cipher_decrypt(&scp03.enc, iv, result, length));
	while (length > 0 && result[length - 1] == 0)
		length--;
	check(length > 0 && result[length - 1] == 0x80);
	return length - 1;
}

static void check_mac(const uint8_t *command, size_t length)
{
	const struct scp03_part parts[] = { { chaining, SCP03_BLOCK }, { command, length } };
	uint8_t mac[SCP03_BLOCK];
	check(scp03_mac_compute(&scp03.mac, parts, 2, mac));
	check(memcmp(mac, scp03.chaining, SCP03_BLOCK) == 0 && memcmp(mac, command + length, MAC_LENGTH) == 0);
}

/* Le is as it was, or one byte that became two. */
static void check_le(const uint8_t *le, size_t length, const uint8_t *expected, size_t expected_length)
{
	check(length >= expected_length && length <= 2 &&
		(length == expected_length || (expected_length == 1 && le[0] == 0)));
	check(memcmp(le + length - expected_length, expected, expected_length) == 0);
}

static void check_wrapped(const uint8_t *command, size_t length)
{
	static uint8_t data[SCP03_COMMAND_MAX];
	size_t lc, plain_lc = 0, plain_offset = HEADER;
	size_t offset = HEADER + read_lc(command, length, &lc);
	check(command[0] == (plain[0] | 0x04) && memcmp(command + 1, plain + 1, HEADER - 1) == 0);
	check(lc >= MAC_LENGTH && offset + lc <= length);
	check_mac(command, offset + lc - MAC_LENGTH);
	size_t data_length = lc > MAC_LENGTH ? decrypt(command + offset, lc - MAC_LENGTH, data) : 0;

	if (data_length > 0) {
		plain_offset += read_lc(plain, plain_length, &plain_lc);
		check(data_length == plain_lc && plain_offset + plain_lc <= plain_length &&
			memcmp(data, plain + plain_offset, plain_lc) == 0);
	} else if (plain_length == HEADER + 3)
		plain_offset++; /* an extended Le without data has a zero in front */
	plain_offset += plain_lc;
	check_le(command + offset + lc, length - offset - lc, plain + plain_offset, plain_length - plain_offset);
}

t1_result t1_exchange(
	t1_t *t1, const uint8_t *command, size_t length, uint8_t *response, size_t capacity, size_t *received)
{
	(void)t1;
	(void)capacity;
	check(length >= HEADER && length <= SCP03_COMMAND_MAX);
	*received = fuzz_channel_answer(++exchanges, response);
	if (*received > 0)
		return T1_OK;
	check_wrapped(command, length);
	memcpy(response, (const uint8_t[]){ 0x69, 0x85 }, 2);
	*received = 2;
	return T1_OK;
}

/* A command in memory of exactly its length. */
static void send(const uint8_t *bytes, size_t length)
{
	uint8_t response[64];
	size_t received;
	plain = bytes;
	plain_length = length;
	memcpy(chaining, scp03.chaining, sizeof chaining);
	scp03_result result = scp03_exchange(&scp03, NULL, bytes, length, response, sizeof response, &received);
	check(result == T1_OK ? received == 2 : result == SCP03_BAD_COMMAND && received == 0);
	check(scp03.state == SCP03_OPEN);
}

static size_t take_length(const uint8_t *data, size_t size)
{
	size_t length = (size_t)(data[0] << 8 | data[1]);
	size_t most = size - 2 < COMMAND_MAX ? size - 2 : COMMAND_MAX;
	return length < most ? length : most;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t command[COMMAND_MAX];
	exchanges = 0;
	check(fuzz_channel_open(&scp03) == T1_OK);
	for (int i = 0; i < COMMANDS && size >= 2; i++) {
		size_t length = take_length(data, size);
		uint8_t *exact = command + sizeof command - length; /* a read beyond it is detected */
		memcpy(exact, data + 2, length);
		send(exact, length);
		data += 2 + length;
		size -= 2 + length;
	}
	scp03_close(&scp03);
	return 0;
}
