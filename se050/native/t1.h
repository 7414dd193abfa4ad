/* SPDX-License-Identifier: MIT */
/*
 * T=1 over I2C after NXP UM11225, host side (border 2 of docs/architecture.md): a command goes out, its response comes
 * back, and all of the block protocol happens in between. Knows no APDU, allocates nothing, never waits without a
 * deadline.
 */
#ifndef SE050_T1_H
#define SE050_T1_H

#include "atr.h"
#include "block.h"
#include "bus.h"

/* se050/link-error.ts holds the words for these, in the same order. */
typedef enum {
	T1_OK,
	T1_NO_CHIP,			  /* nothing has ever acknowledged the address */
	T1_NO_ANSWER,		  /* the chip was there and stopped answering */
	T1_BAD_PROTOCOL,	  /* what arrives is not T=1, even after repetitions */
	T1_BAD_ATR,			  /* T=1 is spoken, but the answer to reset is not that of an NXP secure element */
	T1_ABORTED,			  /* the chip sent S(ABORT) */
	T1_TOO_SLOW,		  /* the chip asked for more time than T1_EXCHANGE_LIMIT */
	T1_RESPONSE_TOO_LONG, /* longer than the caller's buffer */
	T1_BUS_ERROR,		  /* bus->reason says more */
	T1_RESET_NEEDED,	  /* an earlier exchange failed; only t1_reset helps */
	T1_BAD_COMMAND		  /* the command is empty */
} t1_result;

enum {
	T1_ATR_MAX = BLOCK_INF_MAX,
	T1_EXCHANGE_LIMIT =
		120, /* seconds an exchange may take, whatever S(WTX) asks; an RSA-4096 key takes tens of them */
	T1_BUSY_LIMIT =
		4 /* seconds in which a chip that a reset finds busy for an earlier host must acknowledge something */
};

/* Begins as { .bus = … }, an open bus that stays the caller's. The link is ready after t1_reset. */
typedef struct {
	bus_t *bus;
	struct atr atr;
	uint64_t block_end; /* of the last block, out or in: guard and waiting times count from here */
	uint64_t patience;	/* in a reset: until then a write is tried that is not acknowledged */
	uint32_t repeats;	/* blocks that were sent or asked for again since the link began */
	uint32_t expected;	/* microseconds that the next command probably computes, the caller's word; 0: not known */
	uint32_t took;		/* microseconds that the last command computed, as far as polling shows */
	uint32_t waited;	/* the same of the last block */
	uint8_t ns;			/* N(S) of the host's next I-block, as its PCB has it: 0 or BLOCK_I_NS */
	uint8_t nr;			/* N(S) that the chip's next I-block must have, likewise */
	bool contacted;		/* the chip has acknowledged something since the link began */
	bool ready;			/* reset, and no exchange has failed since */
	bool leftovers;		/* blocks were repeated or swallowed: a late one may still wait in the chip */
	bool delivered;		/* the chip may have all of the last command, and may have executed it */
	bool disturbed;		/* the last transaction ended in BUS_DISTURBED */
	uint8_t block[BLOCK_MAX];
} t1_t;

/*
 * Empties the chip's buffer, resets the protocol by S(soft reset), with S(RESYNC) between repetitions, and reads the
 * ATR (at most T1_ATR_MAX bytes) to atr. Everything above T=1 (selected applet, sessions) is gone afterwards.
 */
t1_result t1_reset(t1_t *t1, uint8_t *atr, size_t *length);

/*
 * Sends a command of any length and receives its response; *received is its length. command and response may not
 * overlap. After any result but T1_OK and T1_BAD_COMMAND the link needs t1_reset. The command was not executed then,
 * unless t1->delivered says that it may have been.
 */
t1_result t1_exchange(
	t1_t *t1, const uint8_t *command, size_t length, uint8_t *response, size_t capacity, size_t *received);

#endif
