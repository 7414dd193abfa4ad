/* SPDX-License-Identifier: MIT */
/*
 * The secure channel against arbitrary responses: handshake and commands. Input: first byte, which responses are made
 * right by the channel's own keys (bit 0: the handshake; bit 1: the MAC of what follows); then a record for each
 * response: length, bytes.
 */
#include "fuzz_channel.h"

#include <string.h>

static const uint8_t *input;
static size_t left;
static scp03_t scp03;
static uint8_t switches;
static unsigned exchanges;

static size_t take_record(uint8_t *response, size_t capacity)
{
	if (left == 0)
		return 0;
	size_t length = *input++;
	left--;
	if (length > left)
		length = left;
	if (length > capacity)
		length = capacity;
	memcpy(response, input, length);
	input += length;
	left -= length;
	return length;
}

/* A response with the right MAC over the fuzzer's cryptogram of data. */
static size_t authenticate(uint8_t *response, size_t length, size_t capacity)
{
	static const uint8_t success[] = { 0x90, 0x00 };
	uint8_t mac[SCP03_BLOCK];
	if (length > capacity - 10)
		length = capacity - 10;
	const struct scp03_part parts[] = { { scp03.chaining, SCP03_BLOCK }, { response, length }, { success, 2 } };
	if (!scp03_mac_compute(&scp03.rmac, parts, 3, mac))
		return 0;
	memcpy(response + length, mac, 8);
	memcpy(response + length + 8, success, 2);
	return length + 10;
}

t1_result t1_exchange(
	t1_t *t1, const uint8_t *command, size_t length, uint8_t *response, size_t capacity, size_t *received)
{
	(void)t1;
	if (length < 4 || length > SCP03_COMMAND_MAX || command == NULL)
		__builtin_trap();
	exchanges++;
	*received = (switches & 1) ? fuzz_channel_answer(exchanges, response) : 0;
	if (*received > 0)
		return T1_OK;
	*received = take_record(response, capacity);
	if ((switches & 2) && exchanges > 2)
		*received = authenticate(response, *received, capacity);
	return T1_OK;
}

static void open_channel(void)
{
	exchanges = 0;
	fuzz_channel_open(&scp03);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t command[] = { 0x80, 0x02, 0x00, 0x00, 0x06, 0x41, 0x04, 0x7F, 0xFF, 0x02, 0x06, 0x00 };
	uint8_t response[300];
	size_t received;
	if (size == 0)
		return 0;
	switches = data[0];
	input = data + 1;
	left = size - 1;
	open_channel();
	for (int i = 0; i < 3; i++) {
		scp03_result result =
			scp03_exchange(&scp03, NULL, command, sizeof command, response, sizeof response, &received);
		if (received > sizeof response || (result == T1_OK && received < 2) || (result != T1_OK && received != 0))
			__builtin_trap();
	}
	/* After a reset nothing but SELECT and GET DATA passes. */
	scp03_reset(&scp03, NULL, response, &received);
	if (scp03_exchange(&scp03, NULL, command, sizeof command, response, sizeof response, &received) != SCP03_NOT_OPEN)
		__builtin_trap();
	scp03_close(&scp03);
	return 0;
}
