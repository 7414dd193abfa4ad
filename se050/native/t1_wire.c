/* SPDX-License-Identifier: MIT */
#include "t1_wire.h"

enum {
	DRAIN_MAX = 2 * BLOCK_MAX,

	POLL_SHARE = 60,   /* a poll comes at most 1/60 of the time waited so far too late … */
	POLL_MIN = 1900,   /* … or this many microseconds, */
	POLL_MAX = 10000,  /* and never more often than needed while the chip computes for long */
	WINDOW_SHARE = 5,  /* an answer is expected within 1/5 of its time, early or late, … */
	WINDOW_MAX = 20000 /* … or this many microseconds, and polled for as often as the chip allows */
};

static bus_result keep_guard_time(t1_t *t1)
{
	uint64_t now = bus_now(t1->bus);
	return now < t1->quiet_until ? bus_sleep(t1->bus, (uint32_t)(t1->quiet_until - now)) : BUS_OK;
}

static void begin_guard_time(t1_t *t1)
{
	t1->quiet_until = bus_now(t1->bus) + t1->atr.guard;
}

static uint32_t within(uint32_t value, uint32_t least, uint32_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* What is polled for. */
struct wait {
	uint64_t since; /* when the chip began to compute */
	uint64_t deadline;
	uint32_t expected; /* microseconds after since; 0: not known */
};

/* waited: microseconds, at most those of T1_EXCHANGE_LIMIT. */
static uint32_t poll_interval(const t1_t *t1, uint32_t expected, uint32_t waited)
{
	uint32_t window = within(expected / WINDOW_SHARE, 0, WINDOW_MAX);
	uint32_t interval = within(waited / POLL_SHARE, POLL_MIN, POLL_MAX);
	if (waited < expected - window)
		interval = within(expected - window - waited, 0, within(waited, 0, POLL_MAX));
	else if (waited < expected + window)
		interval = 0;
	return waited < t1->atr.poll || interval < t1->atr.poll ? t1->atr.poll : interval;
}

/* Sleeps to the next poll, counted from the begin of the last one; BUS_NACK when the deadline has passed instead. */
static bus_result pause_poll(t1_t *t1, const struct wait *wait, uint64_t polled)
{
	uint64_t now = bus_now(t1->bus);
	if (now >= wait->deadline)
		return BUS_NACK;
	uint64_t next = polled + poll_interval(t1, wait->expected, (uint32_t)(polled - wait->since));
	if (next > wait->deadline)
		next = wait->deadline;
	return next > now ? bus_sleep(t1->bus, (uint32_t)(next - now)) : BUS_OK;
}

/* Whether a transaction may be tried again; remembers whether it failed in another way than by a NACK. */
static bool may_try_again(t1_t *t1, bus_result result)
{
	t1->disturbed = result == BUS_DISTURBED;
	return result == BUS_NACK || result == BUS_DISTURBED;
}

static t1_result poll_read(t1_t *t1, uint8_t *buffer, size_t length, const struct wait *wait)
{
	bus_result result;
	do {
		uint64_t polled = bus_now(t1->bus);
		result = bus_read(t1->bus, buffer, length);
		if (!may_try_again(t1, result))
			break;
		result = pause_poll(t1, wait, polled);
	} while (result == BUS_OK);
	if (result != BUS_OK)
		return result == BUS_ERROR ? T1_BUS_ERROR : T1_NO_ANSWER;
	t1->contacted = true;
	return T1_OK;
}

bus_result t1_wire_drain(t1_t *t1)
{
	for (size_t i = 0; i < DRAIN_MAX; i += BUS_READ_MIN) {
		uint8_t bytes[BUS_READ_MIN];
		bus_result result = bus_read(t1->bus, bytes, sizeof bytes);
		if (result != BUS_OK)
			return result == BUS_ERROR ? result : BUS_OK;
		t1->contacted = true;
	}
	return BUS_OK;
}

static t1_result reject(t1_t *t1)
{
	return t1_wire_drain(t1) == BUS_OK ? T1_BAD_PROTOCOL : T1_BUS_ERROR;
}

/* The first read takes the header, whose LEN says how much is left: at least the CRC, so that no read is too short. */
t1_result t1_wire_receive(t1_t *t1, uint64_t asked, uint64_t deadline)
{
	if (keep_guard_time(t1) != BUS_OK)
		return T1_BUS_ERROR;
	const struct wait header = { .since = asked, .deadline = deadline, .expected = t1->expected };
	t1_result result = poll_read(t1, t1->block, BLOCK_HEADER, &header);
	if (result != T1_OK)
		return result;
	uint64_t now = bus_now(t1->bus);
	t1->waited = (uint32_t)(now - asked);
	if (!block_header_valid(t1->block))
		return reject(t1);

	const struct wait rest = { .since = now, .deadline = now + t1->atr.bwt };
	result = poll_read(t1, t1->block + BLOCK_HEADER, (size_t)t1->block[2] + BLOCK_CRC, &rest);
	if (result != T1_OK)
		return result == T1_NO_ANSWER ? T1_BAD_PROTOCOL : result;
	begin_guard_time(t1);
	return block_crc_valid(t1->block) ? T1_OK : reject(t1);
}

t1_result t1_wire_write(t1_t *t1, size_t length, bool once)
{
	if (keep_guard_time(t1) != BUS_OK)
		return T1_BUS_ERROR;
	uint64_t now = bus_now(t1->bus);
	struct wait wait = { .since = now, .deadline = now + t1->atr.bwt };
	if (wait.deadline < t1->patience)
		wait.deadline = t1->patience;
	bus_result result;
	do {
		uint64_t polled = bus_now(t1->bus);
		result = bus_write(t1->bus, t1->block, length);
		if (!may_try_again(t1, result) || (once && t1->disturbed))
			break;
		/* Busy, or it holds an answer that was not fetched and takes nothing before. */
		result = t1_wire_drain(t1);
		if (result == BUS_OK)
			result = pause_poll(t1, &wait, polled);
	} while (result == BUS_OK);
	if (result == BUS_ERROR)
		return T1_BUS_ERROR;
	if (result == BUS_NACK)
		return t1->contacted ? T1_NO_ANSWER : T1_NO_CHIP;
	t1->contacted = t1->contacted || result == BUS_OK;
	begin_guard_time(t1);
	return T1_OK;
}
