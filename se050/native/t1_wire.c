/* SPDX-License-Identifier: MIT */
#include "t1_wire.h"

enum {
	DRAIN_MAX = 2 * BLOCK_MAX,

	/* Microseconds. An answer that is expected after so long … */
	LONG = 60000,
	FIRST_POLL = 900, /* … is not looked for sooner. */

	POLL_SHARE = 64,  /* a poll comes at most 1/64 of the time waited so far too late … */
	POLL_MIN = 1900,  /* … or this many microseconds, */
	POLL_MAX = 10000, /* and never more often than needed while the chip computes for long */
	/*
	 * An answer is expected a fifth of its time early or a third late, at most 20 ms each, and polled for as often as
	 * the chip allows. The first of these polls, 1 ms later, finds what came 20 ms early.
	 */
	EARLY_SHARE = 13, /* 64ths */
	EARLY_MAX = 19000,
	LATE_SHARE = 22, /* 64ths */
	LATE_MAX = 20000
};

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* One block, or one part of it, that is tried until the chip acknowledges. */
struct transfer {
	uint8_t *buffer;
	size_t length;
	uint64_t since; /* when the chip began to compute */
	uint64_t deadline;
	uint32_t expected; /* microseconds from since to the answer; 0: not known */
	bool writes;
	bool once; /* not again after BUS_DISTURBED */
};

/* The pause before the first try, counted from the last block. */
static bus_result pause_first(t1_t *t1, uint32_t expected)
{
	uint64_t passed = bus_now(t1->bus) - t1->block_end;
	uint32_t pause = greater(t1->atr.guard, expected > LONG ? FIRST_POLL : 0);
	return t1->contacted && passed < pause ? bus_sleep(t1->bus, pause - (uint32_t)passed) : BUS_OK;
}

/* waited: microseconds, at most those of T1_EXCHANGE_LIMIT. */
static uint32_t poll_interval(const t1_t *t1, uint32_t expected, uint32_t waited)
{
	uint32_t early = expected - lesser(expected * EARLY_SHARE / 64, EARLY_MAX);
	uint32_t late = expected + lesser(expected * LATE_SHARE / 64, LATE_MAX);
	uint32_t interval = 0;
	if (waited < early)
		interval = lesser(early - waited, lesser(waited, POLL_MAX));
	else if (waited >= late && waited >= t1->atr.poll)
		interval = lesser(greater(waited / POLL_SHARE, POLL_MIN), POLL_MAX);
	return greater(interval, t1->atr.poll);
}

/* Sleeps to the next poll, counted from the begin of the last one; BUS_NACK when the deadline has passed instead. */
static bus_result pause_poll(t1_t *t1, const struct transfer *transfer, uint64_t polled)
{
	uint64_t now = bus_now(t1->bus);
	if (now >= transfer->deadline)
		return BUS_NACK;
	uint64_t next = polled + poll_interval(t1, transfer->expected, (uint32_t)(polled - transfer->since));
	if (next > transfer->deadline)
		next = transfer->deadline;
	return next > now ? bus_sleep(t1->bus, (uint32_t)(next - now)) : BUS_OK;
}

/* T1_OK also after BUS_DISTURBED where it is tried once. */
static t1_result transfer_polling(t1_t *t1, const struct transfer *transfer)
{
	bus_result result = pause_first(t1, transfer->expected);
	while (result == BUS_OK) {
		uint64_t polled = bus_now(t1->bus);
		result = transfer->writes ? bus_write(t1->bus, transfer->buffer, transfer->length)
								  : bus_read(t1->bus, transfer->buffer, transfer->length);
		t1->disturbed = result == BUS_DISTURBED;
		t1->contacted |= result == BUS_OK;
		if (result == BUS_OK || (t1->disturbed && transfer->once))
			return T1_OK;
		if (result == BUS_ERROR)
			break;
		/* Busy, or it holds an answer that was not fetched and takes nothing before. */
		result = transfer->writes ? t1_wire_drain(t1) : BUS_OK;
		if (result == BUS_OK)
			result = pause_poll(t1, transfer, polled);
	}
	if (result == BUS_ERROR)
		return T1_BUS_ERROR;
	return t1->contacted ? T1_NO_ANSWER : T1_NO_CHIP;
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
	struct transfer part = { t1->block, BLOCK_HEADER, asked, deadline, t1->delivered ? t1->expected : 0, false, false };
	t1_result result = transfer_polling(t1, &part);
	if (result != T1_OK)
		return result;
	part.since = bus_now(t1->bus);
	t1->waited = (uint32_t)(part.since - asked);
	if (!block_header_valid(t1->block))
		return reject(t1);

	part.buffer += BLOCK_HEADER;
	part.length = (size_t)t1->block[2] + BLOCK_CRC;
	part.deadline = part.since + t1->atr.bwt;
	part.expected = 0;
	result = transfer_polling(t1, &part);
	if (result != T1_OK)
		return result == T1_NO_ANSWER ? T1_BAD_PROTOCOL : result;
	t1->block_end = bus_now(t1->bus);
	return block_crc_valid(t1->block) ? T1_OK : reject(t1);
}

t1_result t1_wire_write(t1_t *t1, size_t length, bool once)
{
	struct transfer block = { t1->block, length, bus_now(t1->bus), 0, 0, true, once };
	block.deadline = block.since + t1->atr.bwt;
	if (block.deadline < t1->patience)
		block.deadline = t1->patience;
	t1_result result = transfer_polling(t1, &block);
	t1->block_end = bus_now(t1->bus);
	return result;
}
