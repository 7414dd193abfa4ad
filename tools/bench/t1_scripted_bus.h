/* SPDX-License-Identifier: MIT */
/*
 * A bus whose chip follows a script, in virtual time at 400 kHz (22.5 µs a byte, the address byte included).
 * A script is lines; each is one event, taken in order:
 *
 *   > hex       the host writes exactly this frame
 *   >c hex      the same, the CRC not written out
 *   >! hex      the host writes this and is not acknowledged; >c! hex likewise
 *   < hex       the chip has these bytes for the host; reads beyond them get FF
 *   <c hex      the same, the CRC not written out
 *   <+N hex     the same bytes as with <, N microseconds later
 *   <c+N hex    the same as <c, N microseconds later
 *   nack N      the next N transactions are not acknowledged
 *   disturbed N the next N transactions end in BUS_DISTURBED, and the chip notices nothing of them
 *   >~ hex      the host writes exactly this frame, the chip has it, and the host sees BUS_DISTURBED; >c~ hex likewise
 *   error       the next transaction fails as an error of the bus
 *   sleepless   the next sleep fails as an error of the bus
 *   deaf        from here on everything written is acknowledged and nothing is answered
 *   low         from here on SDA is held low: everything is acknowledged, and what is read is zeros
 *   gone        from here on nothing is acknowledged
 *
 * In hex, ATR stands for the 35 bytes of an SE050C's ATR. While bytes wait to be read, writes are not acknowledged, as
 * with a chip. What does not fit the script ends the test.
 */
#ifndef T1_SCRIPTED_BUS_H
#define T1_SCRIPTED_BUS_H

#include "bus.h"

#include <stdbool.h>

struct scripted_bus {
	bus_t base;
	const char *script;
	uint64_t nanoseconds;
	uint64_t slept; /* microseconds, in total */
	uint64_t ready; /* when pending becomes readable */
	unsigned nacks; /* transactions not acknowledged, in total */
	unsigned nacks_left;
	unsigned disturbances_left;
	unsigned restarts; /* how often the chip was switched off and on */
	bool restartable;  /* an enable pin is wired */
	unsigned transactions;
	size_t clocked; /* bytes on the bus, address bytes included */
	size_t pending_length;
	size_t pending_offset;
	bool sleepless;
	bool deaf;
	bool gone;
	bool low;
	uint8_t pending[600];
};

void scripted_bus_init(struct scripted_bus *bus, const char *script);

/* Ends the test unless the script was followed to its end. */
void scripted_bus_check_done(struct scripted_bus *bus);

/* The bytes of hexadecimal text, blanks ignored; "ATR" stands for an SE050C's ATR. */
size_t bytes_of(const char *hex, uint8_t *bytes, size_t size);

#endif
