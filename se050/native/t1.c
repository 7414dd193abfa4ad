/* SPDX-License-Identifier: MIT */
#include "t1_wire.h"

#include "wipe.h"

#include <string.h>

enum {
	RETRIES = 3, /* repetitions of one block before the exchange fails */
	STRAYS = 8,	 /* blocks of no use that one exchange swallows */
	RESETS = 3,	 /* attempts of t1_reset */
	MICROSECONDS = 1000000
};

/* One exchange, or one S-block and its answer. */
struct conversation {
	const uint8_t *command;
	size_t length;
	size_t offset; /* of the chunk in flight */
	size_t chunk;  /* its length */
	uint8_t *response;
	size_t capacity;
	size_t received;
	uint64_t asked;	   /* when the chip began to compute: the polls' schedule counts from here */
	uint64_t deadline; /* for the next block: BWT, or what S(WTX) made of it */
	uint64_t limit;	   /* for the whole exchange; 0 before the first block */
	uint8_t retries;
	uint8_t strays;
	bool answered; /* the first I-block of the response is here */
	bool complete;
	uint8_t awaited;  /* PCB of the response to the host's own S-block; 0 in an exchange of a command */
	uint8_t last_pcb; /* the last block sent, to repeat it */
	uint8_t last_inf; /* its INF, of last_length bytes; an I-block's is the chunk */
	uint8_t last_length;
};

/* Sends the last block, for the first time or again. S(WTX) grants time for what the chip computes already. */
static t1_result send_last(t1_t *t1, struct conversation *c)
{
	bool is_chunk = block_is_i(c->last_pcb);
	bool ends_command = is_chunk && (c->last_pcb & BLOCK_I_MORE) == 0;
	bool grants = c->last_pcb == (BLOCK_S | BLOCK_S_RESPONSE | BLOCK_S_WTX);
	size_t length = is_chunk ? block_build(t1->block, c->last_pcb, c->command + c->offset, c->chunk)
							 : block_build(t1->block, c->last_pcb, &c->last_inf, c->last_length);
	t1_result result = t1_wire_write(t1, length, ends_command || grants);
	if (c->limit == 0)
		c->limit = t1->block_end + T1_EXCHANGE_LIMIT * (uint64_t)MICROSECONDS;
	c->deadline = t1->block_end + (uint64_t)t1->atr.bwt * (grants && c->last_inf > 0 ? c->last_inf : 1);
	if (c->deadline > c->limit)
		c->deadline = c->limit;
	if (!grants)
		c->asked = t1->block_end;
	/* A write that the chip did not acknowledge is one that it threw away; how far a failed one came is not known. */
	if (ends_command && (result == T1_OK || result == T1_BUS_ERROR))
		t1->delivered = true;
	return result;
}

/* An R- or S-block, with at most one byte of INF. */
static t1_result send_control(t1_t *t1, struct conversation *c, uint8_t pcb, uint8_t length)
{
	c->last_pcb = pcb;
	c->last_length = length;
	return send_last(t1, c);
}

static uint8_t pcb_of_chunk(const t1_t *t1, const struct conversation *c)
{
	bool more = c->offset + c->chunk < c->length;
	return (uint8_t)(t1->ns | (more ? BLOCK_I_MORE : 0));
}

/* As much of the command as one block takes. */
static t1_result send_chunk(t1_t *t1, struct conversation *c)
{
	size_t left = c->length - c->offset;
	c->chunk = left < t1->atr.ifsc ? left : t1->atr.ifsc;
	c->last_pcb = pcb_of_chunk(t1, c);
	return send_last(t1, c);
}

static uint8_t pcb_of_r(const t1_t *t1, uint8_t error)
{
	return (uint8_t)(BLOCK_R | t1->nr / (BLOCK_I_NS / BLOCK_R_NR) | error);
}

/*
 * Sends the last block again, unless that was done too often. Of a repetition, a late block may be left over. A reset
 * has repetitions of its own.
 */
static t1_result repeat_last(t1_t *t1, struct conversation *c, t1_result otherwise)
{
	t1->leftovers = true;
	if (c->awaited != 0 || ++c->retries > RETRIES)
		return otherwise;
	t1->repeats++;
	return send_last(t1, c);
}

/* R-NAK: says which block is missing, and why it is wanted (again). */
static t1_result request_block(t1_t *t1, struct conversation *c, uint8_t error, t1_result otherwise)
{
	c->last_pcb = pcb_of_r(t1, error);
	c->last_length = 0;
	return repeat_last(t1, c, otherwise);
}

static t1_result refuse_block(t1_t *t1, struct conversation *c)
{
	return request_block(t1, c, BLOCK_R_OTHER_ERROR, T1_BAD_PROTOCOL);
}

/* A block that came late or twice is not an answer: the awaited one may follow it. */
static t1_result swallow_block(t1_t *t1, struct conversation *c)
{
	t1->leftovers = true;
	return ++c->strays > STRAYS ? T1_BAD_PROTOCOL : T1_OK;
}

static t1_result take_i(t1_t *t1, struct conversation *c)
{
	uint8_t pcb = t1->block[1];
	size_t length = t1->block[2];
	bool more = (pcb & BLOCK_I_MORE) != 0;
	bool last_chunk_sent = c->offset + c->chunk == c->length;
	if ((pcb & BLOCK_I_NS) != t1->nr) {
		/* The first block of a chain with the wrong number: the chip's numbers are not ours any more (was it reset?),
		   and to ask for ours would acknowledge a block that was never taken. */
		return more && !c->answered ? T1_BAD_PROTOCOL : swallow_block(t1, c);
	}
	if ((pcb & BLOCK_I_RFU) != 0 || !last_chunk_sent || (more && length == 0))
		return refuse_block(t1, c);
	if (length > c->capacity - c->received)
		return T1_RESPONSE_TOO_LONG;

	if (!c->answered) {
		t1->ns ^= BLOCK_I_NS; /* the answer acknowledges the command's last block */
		t1->took = t1->waited;
		t1->expected = 0; /* the blocks that follow are there already */
	}
	c->answered = true;
	c->retries = 0;
	t1->nr ^= BLOCK_I_NS;
	memcpy(c->response + c->received, t1->block + BLOCK_HEADER, length);
	c->received += length;
	c->complete = !more;
	return more ? send_control(t1, c, pcb_of_r(t1, 0), 0) : T1_OK;
}

static t1_result repeat_chunk(t1_t *t1, struct conversation *c)
{
	c->last_pcb = pcb_of_chunk(t1, c);
	return repeat_last(t1, c, T1_BAD_PROTOCOL);
}

static t1_result advance_chunk(t1_t *t1, struct conversation *c)
{
	t1->ns ^= BLOCK_I_NS;
	c->retries = 0;
	c->offset += c->chunk;
	return send_chunk(t1, c);
}

/*
 * Whether a chunk to which the chip did not object when it came can be sent again when the chip wants it later. A chip
 * that was reset in between wants number 0: it may have executed the last chunk before, and lost those before this one.
 */
static bool may_come_again(const t1_t *t1, const struct conversation *c)
{
	return t1->ns != 0 || (c->offset == 0 && c->chunk < c->length);
}

/* N(R) is the I-block that the chip wants: the one in flight again, or the next one, which acknowledges the one in
 * flight. */
static t1_result take_r(t1_t *t1, struct conversation *c)
{
	uint8_t pcb = t1->block[1];
	bool wants_chunk = (pcb & BLOCK_R_NR) * (BLOCK_I_NS / BLOCK_R_NR) == t1->ns;
	bool is_error = (pcb & (BLOCK_R_CRC_ERROR | BLOCK_R_OTHER_ERROR)) != 0;
	bool more_chunks = c->offset + c->chunk < c->length;
	if ((pcb & BLOCK_R_RFU) != 0 || t1->block[2] != 0)
		return refuse_block(t1, c);
	if (c->answered || (is_error && block_is_s(c->last_pcb)))
		return repeat_last(t1, c, T1_BAD_PROTOCOL);
	if (wants_chunk)
		return block_is_i(c->last_pcb) || may_come_again(t1, c) ? repeat_chunk(t1, c) : T1_BAD_PROTOCOL;
	/* A complaint is not an acknowledgement: a chip that was reset wants number 0 and knows nothing of the chunks
	 * before.
	 */
	return more_chunks && !is_error ? advance_chunk(t1, c) : refuse_block(t1, c);
}

static t1_result grant_waiting_time(t1_t *t1, struct conversation *c)
{
	if (t1->block[2] != 1)
		return refuse_block(t1, c);
	if (t1->block_end >= c->limit)
		return T1_TOO_SLOW;
	c->retries = 0;
	c->last_inf = t1->block[BLOCK_HEADER];
	return send_control(t1, c, BLOCK_S | BLOCK_S_RESPONSE | BLOCK_S_WTX, 1);
}

static t1_result accept_ifs(t1_t *t1, struct conversation *c)
{
	uint8_t size = t1->block[BLOCK_HEADER];
	if (t1->block[2] != 1 || size == 0 || size > BLOCK_INF_MAX)
		return refuse_block(t1, c);
	if (swallow_block(t1, c) != T1_OK)
		return T1_BAD_PROTOCOL;
	t1->atr.ifsc = c->last_inf = size;
	return send_control(t1, c, BLOCK_S | BLOCK_S_RESPONSE | BLOCK_S_IFS, 1);
}

static t1_result confirm_abort(t1_t *t1, struct conversation *c)
{
	send_control(t1, c, BLOCK_S | BLOCK_S_RESPONSE | BLOCK_S_ABORT, 0);
	return T1_ABORTED;
}

static t1_result take_s(t1_t *t1, struct conversation *c)
{
	switch (t1->block[1]) {
	case BLOCK_S | BLOCK_S_IFS:
		return accept_ifs(t1, c);
	case BLOCK_S | BLOCK_S_ABORT:
		return confirm_abort(t1, c);
	default:
		return (t1->block[1] & BLOCK_S_RESPONSE) ? swallow_block(t1, c) : refuse_block(t1, c);
	}
}

static t1_result take_block(t1_t *t1, struct conversation *c)
{
	uint8_t pcb = t1->block[1];
	if (pcb == (BLOCK_S | BLOCK_S_WTX))
		return grant_waiting_time(t1, c);
	if (c->awaited != 0) {
		c->complete = pcb == c->awaited;
		return c->complete ? T1_OK : swallow_block(t1, c);
	}
	if (block_is_i(pcb))
		return take_i(t1, c);
	return block_is_r(pcb) ? take_r(t1, c) : take_s(t1, c);
}

/* Goes on until the answer to the block that was sent is complete. result: of sending it. */
static t1_result converse(t1_t *t1, struct conversation *c, t1_result result)
{
	while (result == T1_OK && !c->complete) {
		result = t1_wire_receive(t1, c->asked, c->deadline);
		if (result == T1_OK)
			result = take_block(t1, c);
		else if (result == T1_BAD_PROTOCOL)
			result = request_block(t1, c, BLOCK_R_CRC_ERROR, result);
		else if (result == T1_NO_ANSWER)
			result = c->deadline < c->limit ? request_block(t1, c, BLOCK_R_OTHER_ERROR, result) : T1_TOO_SLOW;
	}
	return result;
}

/* What a silence was, when the last transaction was not simply left unacknowledged. */
static t1_result explain_silence(const t1_t *t1, t1_result result)
{
	return t1->disturbed && (result == T1_NO_ANSWER || result == T1_NO_CHIP) ? T1_BUS_ERROR : result;
}

t1_result t1_exchange(
	t1_t *t1, const uint8_t *command, size_t length, uint8_t *response, size_t capacity, size_t *received)
{
	*received = 0;
	t1->delivered = false;
	if (length == 0)
		return T1_BAD_COMMAND;
	if (!t1->ready)
		return T1_RESET_NEEDED;
	t1->ready = false;
	if (t1->leftovers && t1_wire_drain(t1) != BUS_OK)
		return T1_BUS_ERROR;
	t1->leftovers = false;

	struct conversation c = { .command = command, .length = length, .response = response, .capacity = capacity };
	t1_result result = converse(t1, &c, send_chunk(t1, &c));
	wipe(t1->block, sizeof t1->block);
	t1->ready = result == T1_OK;
	*received = c.received;
	return explain_silence(t1, result);
}

/* Sends an S-block request and waits for its response, which is then in t1->block. */
static t1_result request_s(t1_t *t1, uint8_t code)
{
	struct conversation c = { .awaited = BLOCK_S | BLOCK_S_RESPONSE | code };
	return converse(t1, &c, send_control(t1, &c, BLOCK_S | code, 0));
}

static t1_result soft_reset(t1_t *t1, bool resynchronise)
{
	if (t1_wire_drain(t1) != BUS_OK)
		return T1_BUS_ERROR;
	if (resynchronise)
		request_s(t1, BLOCK_S_RESYNC);
	return request_s(t1, BLOCK_S_SOFT_RESET);
}

t1_result t1_reset(t1_t *t1, uint8_t *atr, size_t *length)
{
	*length = 0;
	t1->ready = false;
	t1->leftovers = false;
	t1->expected = 0;
	t1->ns = t1->nr = 0;
	atr_defaults(&t1->atr);
	t1->patience = bus_now(t1->bus) + T1_BUSY_LIMIT * (uint64_t)MICROSECONDS;
	t1_result result;
	int attempts = 0;
	bool restarted = false;
	do {
		result = soft_reset(t1, attempts++ > 0);
		if (attempts < RESETS && (result == T1_NO_ANSWER || result == T1_BAD_PROTOCOL))
			continue;
		if (result == T1_OK || restarted || !bus_restart(t1->bus))
			break;
		restarted = true;
		attempts = 0;
	} while (true);
	t1->patience = 0;
	if (result != T1_OK)
		return explain_silence(t1, result);
	*length = t1->block[2];
	memcpy(atr, t1->block + BLOCK_HEADER, *length);
	t1->ready = atr_parse(atr, *length, &t1->atr);
	return t1->ready ? T1_OK : T1_BAD_ATR;
}
