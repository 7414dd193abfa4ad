/* SPDX-License-Identifier: MIT */
/*
 * How late the data link notices that the chip is done, for each computing time in a range: FIRST LAST STEP EXPECTED in
 * microseconds; EXPECTED is what the first command of its kind is expected to take, 0 for the time that the same
 * command took before. Prints "minimum median maximum" of the delays and the most polls, then the size of the state.
 */
#include "t1_fixture.h"

#include <stdio.h>
#include <stdlib.h>

struct notice {
	unsigned delay;
	unsigned polls;
	unsigned took;
};

static struct notice notice_after(unsigned computing, unsigned expected)
{
	struct fixture fixture;
	char script[256];
	snprintf(script, sizeof script, ">c 5A 00 04 " COMMAND "\n<c+%u A5 00 04 " RESPONSE "\n", computing);
	fixture_open_reset(&fixture, script);
	bus_sleep(&fixture.bus.base, fixture.t1.atr.guard);
	uint64_t start = bus_now(&fixture.bus.base);
	unsigned polls = fixture.bus.nacks;
	fixture.t1.expected = expected;
	CHECK_EQUAL(fixture_exchange(&fixture, COMMAND), T1_OK);
	uint64_t transfers = (1 + 9 + 2 + 9) * 22500 / 1000;
	return (struct notice){ .delay = (unsigned)(bus_now(&fixture.bus.base) - start - transfers - computing),
		.polls = fixture.bus.nacks - polls,
		.took = fixture.t1.took };
}

static int compare(const void *a, const void *b)
{
	unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;
	return (left > right) - (left < right);
}

int main(int count, char **arguments)
{
	if (count != 5)
		return 2;
	unsigned first = (unsigned)strtoul(arguments[1], NULL, 10);
	unsigned last = (unsigned)strtoul(arguments[2], NULL, 10);
	unsigned step = (unsigned)strtoul(arguments[3], NULL, 10);
	unsigned expected = (unsigned)strtoul(arguments[4], NULL, 10);
	unsigned polls = 0;
	size_t delays_count = (last - first) / step + 1;
	unsigned *delays = malloc(delays_count * sizeof *delays);
	if (delays == NULL)
		return 1;
	for (size_t i = 0; i < delays_count; i++) {
		unsigned computing = first + (unsigned)i * step;
		struct notice notice = notice_after(computing, expected);
		if (expected == 0)
			notice = notice_after(computing, notice.took);
		delays[i] = notice.delay;
		polls = notice.polls > polls ? notice.polls : polls;
	}
	qsort(delays, delays_count, sizeof *delays, compare);
	printf("%u %u %u %u\n%zu\n", delays[0], delays[delays_count / 2], delays[delays_count - 1], polls, sizeof(t1_t));
	free(delays);
	return 0;
}
