/* SPDX-License-Identifier: MIT */
/*
 * Platform SCP03 (GlobalPlatform Card Specification 2.2, Amendment D, with AES-128): a secure channel between the data
 * link and the APDU binding, of the shape of t1_exchange. Level 33: each command is encrypted and carries a MAC, and so
 * does each response. All of a zeroed scp03_t is plain.
 */
#ifndef SE050_SCP03_H
#define SE050_SCP03_H

#include "scp03_crypto.h"
#include "t1.h"

/* Beside T1_OK and the failures of t1_result, whose numbers go on here; se050/link-error.ts holds the words. */
enum {
	SCP03_REFUSED = T1_BAD_COMMAND + 1, /* the chip refused the handshake: scp03->refusal is its status word */
	SCP03_WRONG_KEYS,					/* the chip's cryptogram is not one of these keys */
	SCP03_BAD_RESPONSE, /* a response without its MAC, with a wrong one, or one that decrypts to nonsense */
	SCP03_BAD_COMMAND,	/* no APDU, or longer than SCP03_COMMAND_MAX when it is wrapped */
	SCP03_NO_CRYPTO,	/* Mbed TLS failed: no memory, no entropy, or built without AES, CBC or CMAC */
	SCP03_NOT_OPEN		/* there was a channel before the reset, and this command may only go through one */
};

/* A t1_result or one of the above. */
typedef int scp03_result;

enum {
	SCP03_CHALLENGE = 8,
	SCP03_KEY_VERSION = 0x0B,						   /* of an SE050's platform keys */
	SCP03_COMMAND_MAX = 1024,						   /* the buffer of applet 7.x; that of 3.x is 892 */
	SCP03_OVERHEAD = 3 + SCP03_BLOCK + SCP03_CHALLENGE /* at most, on a response: padding and MAC */
};

/* The chip's static keys, as they are needed here. */
struct scp03_keys {
	uint8_t enc[SCP03_BLOCK];
	uint8_t mac[SCP03_BLOCK];
	uint8_t version;
};

/* Which commands the encryption counter counts: all (applet 7.x), or only those with data (3.x). */
typedef enum { SCP03_COUNT_ALL, SCP03_COUNT_DATA } scp03_counting;

typedef struct {
	enum { SCP03_PLAIN, SCP03_AWAITED, SCP03_OPEN, SCP03_LOST } state;
	scp03_counting counting;
	uint32_t counter;
	uint16_t refusal;
	uint8_t chaining[SCP03_BLOCK]; /* MAC chaining value */
	scp03_cipher enc;			   /* S-ENC */
	scp03_mac mac;				   /* S-MAC */
	scp03_mac rmac;				   /* S-RMAC */
} scp03_t;

/*
 * Opens the channel to what is selected: INITIALIZE UPDATE with the host's challenge (random, never the same twice),
 * the chip's cryptogram checked, EXTERNAL AUTHENTICATE. After a failure nothing passes until scp03_reset.
 */
scp03_result scp03_open(scp03_t *scp03, t1_t *t1, const struct scp03_keys *keys, scp03_counting counting,
	const uint8_t challenge[SCP03_CHALLENGE]);

/*
 * t1_exchange, wrapped when a channel is open, as it is when none ever was. The response is the plain one; capacity
 * should have SCP03_OVERHEAD more than that needs. Error responses carry no MAC and come as they are; those that say
 * that the channel is gone (6982, 6987, 6988) close it. Once it was lost every command fails with T1_RESET_NEEDED:
 * nothing that was meant to be encrypted goes out in plain.
 */
scp03_result scp03_exchange(scp03_t *scp03, t1_t *t1, const uint8_t *command, size_t length, uint8_t *response,
	size_t capacity, size_t *received);

/*
 * t1_reset, which ends the channel: wipes the session's keys. Where a channel was ever asked for, only what leads to
 * the next one passes in plain afterwards (SELECT and GET DATA), and anything else fails with SCP03_NOT_OPEN.
 */
scp03_result scp03_reset(scp03_t *scp03, t1_t *t1, uint8_t *atr, size_t *length);

/* Wipes everything; what follows is plain. */
void scp03_close(scp03_t *scp03);

#endif
