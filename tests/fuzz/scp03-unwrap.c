/*
 * The secure channel against arbitrary responses: handshake and commands. Input: first byte, which responses are made right
 * by the channel's own keys (bit 0: the handshake; bit 1: the MAC of what follows); then a record for each response: length,
 * bytes. The data link below is replaced: t1_exchange here gives the fuzzer's bytes.
 */
#include "scp03.h"

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

/* The handshake's first answer for the fixed challenges and keys below. */
static size_t answer_update(uint8_t *response)
{
	static const uint8_t update[] = {
		0x90, 0x03, 0x20, 0x19, 0x07, 0x38, 0x24, 0x20, 0x25, 0x02, 0x0B, 0x03, 0x00, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8,
		0xB1, 0x56, 0x9A, 0x05, 0x08, 0xF0, 0xB2, 0x85, 0x90, 0x00
	};
	memcpy(response, update, sizeof update);
	return sizeof update;
}

t1_result t1_exchange(t1_t *t1, const uint8_t *command, size_t length, uint8_t *response, size_t capacity, size_t *received)
{
	(void)t1;
	if (length < 4 || length > SCP03_COMMAND_MAX || command == NULL)
		__builtin_trap();
	exchanges++;
	if ((switches & 1) && exchanges == 1)
		*received = answer_update(response);
	else if ((switches & 1) && exchanges == 2) {
		response[0] = 0x90;
		response[1] = 0x00;
		*received = 2;
	}
	else {
		*received = take_record(response, capacity);
		if ((switches & 2) && exchanges > 2)
			*received = authenticate(response, *received, capacity);
	}
	return T1_OK;
}

t1_result t1_reset(t1_t *t1, uint8_t *atr, size_t *length)
{
	(void)t1;
	(void)atr;
	*length = 0;
	exchanges = 0;
	return T1_OK;
}

void t1_wipe(void *memory, size_t length)
{
	volatile uint8_t *byte = memory;
	while (length-- > 0)
		*byte++ = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct scp03_keys keys = {
		.enc = { 0xD2, 0xDB, 0x63, 0xE7, 0xA0, 0xA5, 0xAE, 0xD7, 0x2A, 0x64, 0x60, 0xC4, 0xDF, 0xDC, 0xAF, 0x64 },
		.mac = { 0x73, 0x8D, 0x5B, 0x79, 0x8E, 0xD2, 0x41, 0xB0, 0xB2, 0x47, 0x68, 0x51, 0x4B, 0xFB, 0xA9, 0x5B },
		.version = SCP03_KEY_VERSION
	};
	static const uint8_t challenge[SCP03_CHALLENGE] = { 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18 };
	static const uint8_t command[] = { 0x80, 0x02, 0x00, 0x00, 0x06, 0x41, 0x04, 0x7F, 0xFF, 0x02, 0x06, 0x00 };
	uint8_t response[300];
	size_t received;
	if (size == 0)
		return 0;
	switches = data[0];
	input = data + 1;
	left = size - 1;
	exchanges = 0;
	scp03_open(&scp03, NULL, &keys, SCP03_COUNT_ALL, challenge);
	for (int i = 0; i < 3; i++) {
		scp03_result result = scp03_exchange(&scp03, NULL, command, sizeof command, response, sizeof response, &received);
		if (received > sizeof response || (result == T1_OK && received < 2) || (result != T1_OK && received != 0))
			__builtin_trap();
	}
	/* After a reset nothing but SELECT and GET DATA passes; then, in a channel, the fuzzer's input as a command. */
	scp03_reset(&scp03, NULL, response, &received);
	if (scp03_exchange(&scp03, NULL, command, sizeof command, response, sizeof response, &received) != T1_RESET_NEEDED)
		__builtin_trap();
	scp03_open(&scp03, NULL, &keys, SCP03_COUNT_ALL, challenge);
	if (size < 2000)
		scp03_exchange(&scp03, NULL, data, size, response, sizeof response, &received);
	scp03_close(&scp03);
	return 0;
}
