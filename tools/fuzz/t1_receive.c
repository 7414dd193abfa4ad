/* SPDX-License-Identifier: MIT */
/*
 * The data link's receive side against arbitrary bytes of a chip. Input: a byte, bit 0 of which gives a good ATR to the
 * reset; then records, one for each block that the host waits for: a control byte and the bytes that can be read then.
 * Control: bit 7, one NACK before them; bit 6, they get a right LEN and CRC, so that the fuzzer comes past those; bits
 * 0 to 5, their number divided by 4; BE and BF, a silence and an error of the bus in their place. Whatever came,
 * nothing takes longer than its deadline, and a reset of a chip that is well makes the link work again.
 */
#include "fuzz_bus.h"
#include "t1.h"

#include <string.h>

enum { SECOND = 1000000, BLOCKS_OF_RESET = 5, RESPONSE_MAX = 200 };

static const uint8_t select[] = { 0x00, 0xA4, 0x04, 0x00, 0x00 };
static const uint8_t long_command[300] = { 0x80, 0x01, 0x06, 0x00, 0x00, 0x01, 0x25 };

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static t1_result reset(t1_t *t1)
{
	uint8_t atr[T1_ATR_MAX];
	size_t length;
	uint64_t start = bus_now(t1->bus);
	t1_result result = t1_reset(t1, atr, &length);
	check(length <= sizeof atr && (result == T1_OK) == t1->ready);
	check(bus_now(t1->bus) - start <= (T1_BUSY_LIMIT + BLOCKS_OF_RESET * (T1_EXCHANGE_LIMIT + UINT64_C(4))) * SECOND);
	return result;
}

static t1_result exchange(t1_t *t1, const uint8_t *command, size_t command_length)
{
	uint8_t response[RESPONSE_MAX];
	size_t length;
	uint64_t start = bus_now(t1->bus);
	t1_result result = t1_exchange(t1, command, command_length, response, sizeof response, &length);
	check(length <= sizeof response && (result == T1_OK) == t1->ready);
	check(result != T1_OK || t1->delivered);
	check(bus_now(t1->bus) - start <= (T1_EXCHANGE_LIMIT + UINT64_C(2)) * SECOND + 3 * (uint64_t)t1->atr.bwt);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bus bus;
	t1_t t1;
	if (size == 0)
		return 0;
	fuzz_bus_init(&bus, data + 1, size - 1, data[0] & 1);
	t1 = (t1_t){ .bus = &bus.base };
	reset(&t1);
	exchange(&t1, select, sizeof select);
	exchange(&t1, long_command, sizeof long_command);
	exchange(&t1, select, sizeof select);

	fuzz_bus_heal(&bus);
	check(reset(&t1) == T1_OK);
	check(exchange(&t1, select, sizeof select) == T1_OK);
	check(exchange(&t1, long_command, sizeof long_command) == T1_OK);
	return 0;
}
