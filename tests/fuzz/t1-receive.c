/*
 * The data link's receive side against arbitrary bytes of a chip. Input: records, one for each block that the host waits for:
 * a control byte and the bytes that can be read then. Control: bit 7, one NACK before them; bit 6, they get a right LEN and
 * CRC, so that the fuzzer comes past those; bits 0 to 5, their number divided by 4.
 */
#include "fuzz-bus.h"
#include "t1.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t select[] = { 0x00, 0xA4, 0x04, 0x00, 0x00 };
	static const uint8_t long_command[300] = { 0x80, 0x01, 0x06, 0x00, 0x00, 0x01, 0x25 };
	struct fuzz_bus bus;
	t1_t t1;
	uint8_t atr[T1_ATR_MAX], response[600];
	size_t length;
	fuzz_bus_init(&bus, data, size);
	t1_init(&t1, &bus.base);
	if (t1_reset(&t1, atr, &length) == T1_OK && length > sizeof atr)
		__builtin_trap();
	for (int i = 0; i < 3; i++) {
		const uint8_t *command = i == 1 ? long_command : select;
		size_t command_length = i == 1 ? sizeof long_command : sizeof select;
		t1_result result = t1_exchange(&t1, command, command_length, response, sizeof response, &length);
		if (length > sizeof response || (result == T1_OK && !t1.ready))
			__builtin_trap();
	}
	return 0;
}
