#include "fuzz-channel.h"

#include <string.h>

/* The worked vector of the factory keys of an SE050E2 and of these challenges: tests/native/scp03-vectors.c. */
static const struct scp03_keys keys = {
	.enc = { 0xD2, 0xDB, 0x63, 0xE7, 0xA0, 0xA5, 0xAE, 0xD7, 0x2A, 0x64, 0x60, 0xC4, 0xDF, 0xDC, 0xAF, 0x64 },
	.mac = { 0x73, 0x8D, 0x5B, 0x79, 0x8E, 0xD2, 0x41, 0xB0, 0xB2, 0x47, 0x68, 0x51, 0x4B, 0xFB, 0xA9, 0x5B },
	.version = SCP03_KEY_VERSION
};
static const uint8_t challenge[SCP03_CHALLENGE] = { 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18 };
static const uint8_t update[] = {
	0x90, 0x03, 0x20, 0x19, 0x07, 0x38, 0x24, 0x20, 0x25, 0x02, 0x0B, 0x03, 0x00, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8,
	0xB1, 0x56, 0x9A, 0x05, 0x08, 0xF0, 0xB2, 0x85, 0x90, 0x00
};
static const uint8_t success[] = { 0x90, 0x00 };

scp03_result fuzz_channel_open(scp03_t *scp03)
{
	return scp03_open(scp03, NULL, &keys, SCP03_COUNT_ALL, challenge);
}

size_t fuzz_channel_answer(unsigned number, uint8_t *response)
{
	const uint8_t *answer = number == 1 ? update : success;
	size_t length = number == 1 ? sizeof update : number == 2 ? sizeof success : 0;
	memcpy(response, answer, length);
	return length;
}

/* What the channel needs of the data link beside t1_exchange. */
t1_result t1_reset(t1_t *t1, uint8_t *atr, size_t *length)
{
	(void)t1;
	(void)atr;
	*length = 0;
	return T1_OK;
}

void t1_wipe(void *memory, size_t length)
{
	volatile uint8_t *byte = memory;
	while (length-- > 0)
		*byte++ = 0;
}
