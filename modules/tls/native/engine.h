/* SPDX-License-Identifier: MIT */
/*
 * A TLS client over memory on both sides: it opens no socket and knows no chip. Mbed TLS 2.28, 3.6 or 4.x.
 *
 *     feed ──▶ ciphertext in ──▶ ┌─────────┐ ──▶ read  (plaintext)
 *                                │ Mbed TLS│
 *     drain ◀─ ciphertext out ◀─ └─────────┘ ◀── write (plaintext)
 *
 * Both ciphertext queues are bounded. The caller moves bytes and calls tls_engine_step() after it fed or drained some;
 * a step does all that can be done. Not reentrant, except that the signing function runs inside a step.
 */
#ifndef TLS_ENGINE_H
#define TLS_ENGINE_H

#include "compat.h"
#include "failure.h"
#include "key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	const uint8_t *bytes;
	size_t size;
	bool is_constant; /* they stay where they are as long as the engine lives (flash): roots are not copied then */
} tls_bytes_t;

enum {
	TLS_PROTOCOLS = 4,		 /* most ALPN protocols */
	TLS_PROTOCOL_SIZE = 255, /* longest of them, RFC 7301 section 3.1 */
	TLS_SERVER_NAME_SIZE = 255,
	TLS_CERTIFICATE_SIZE = 8192, /* longest client chain */
	TLS_INPUT_SIZE = 2048,		 /* ciphertext in */
	TLS_OUTPUT_SIZE = 2048,		 /* ciphertext out, in addition to the client's chain */
};

/* 2024-01-01T00:00:00Z: a clock that says less has not been set. */
#define TLS_EARLIEST_TIME INT64_C(1704067200)

/* All of it is copied, except `context` and constant roots. */
typedef struct {
	const tls_bytes_t *roots; /* trusted root certificates, DER, one each; at least one that can be read */
	size_t root_count;
	const char *server_name; /* sent as SNI, and what the certificate must be for; an IP literal is not sent */
	tls_bytes_t certificate; /* client's, DER; further ones of its chain follow without a gap. Empty: none */
	tls_sign_t sign;		 /* its key */
	const char *protocols[TLS_PROTOCOLS]; /* ALPN, in order of preference; the unused ones NULL */
	tls_version minimum;				  /* 0: TLS 1.2 */
	tls_version maximum;				  /* 0: the newest that Mbed TLS was built with */
	int64_t (*now)(void *context);		  /* seconds since 1970-01-01 UTC; NULL: time() */
	void *context;						  /* for `sign` and `now` */
} tls_options_t;

typedef enum {
	TLS_HANDSHAKE,
	TLS_OPEN,		 /* plaintext both ways */
	TLS_PEER_CLOSED, /* the peer sent close_notify: nothing more to read */
	TLS_CLOSED,		 /* close_notify was sent: nothing more to write */
	TLS_FAILED,		 /* see tls_engine_failure(); what can be drained is an alert for the peer */
} tls_state;

/* What was agreed, from TLS_OPEN on. Strings live as long as the engine. */
typedef struct {
	const char *version;		  /* "TLSv1.2", "TLSv1.3" */
	const char *cipher_suite;	  /* IANA's name */
	const char *protocol;		  /* ALPN's choice; NULL: none */
	bool certificate_used;		  /* the server asked for the client's certificate, and its key signed */
	const char *server_subject;	  /* of the server's certificate */
	const uint8_t *server_sha256; /* of the server's certificate's DER, 32 bytes */
	int64_t server_valid_from;	  /* when its validity begins, in seconds since 1970-01-01 UTC */
} tls_info_t;

typedef struct tls_engine tls_engine_t;

/* NULL: `failure` says why. The first flight can be drained after the first step. */
tls_engine_t *tls_engine_open(const tls_options_t *options, tls_failure_t *failure);

/* What of the options is not used though the engine opens, in words: a root that cannot be read. NULL: nothing. */
const char *tls_engine_warning(const tls_engine_t *engine);

/* Wipes and frees; NULL is fine. */
void tls_engine_close(tls_engine_t *engine);

/* Bytes of ciphertext that feed accepts now. */
size_t tls_engine_room(const tls_engine_t *engine);

/* Takes ciphertext from the peer; returns how much. */
size_t tls_engine_feed(tls_engine_t *engine, const uint8_t *data, size_t size);

/* The transport ended: no more will be fed, and what is drained goes nowhere. */
void tls_engine_end(tls_engine_t *engine);

/* Ciphertext that waits for the peer. */
size_t tls_engine_pending(const tls_engine_t *engine);

/* Gives up to `size` bytes of it; returns how many. */
size_t tls_engine_drain(tls_engine_t *engine, uint8_t *data, size_t size);

/* Goes on with the handshake, or opens the next record once the last one is read. */
tls_state tls_engine_step(tls_engine_t *engine);

tls_state tls_engine_state(const tls_engine_t *engine);

/* Plaintext that can be read: the rest of one record, at most 16384 bytes. */
size_t tls_engine_readable(const tls_engine_t *engine);

/* Gives up to `size` bytes of it; returns how many. The next record needs a step. */
size_t tls_engine_read(tls_engine_t *engine, uint8_t *data, size_t size);

/* Bytes of plaintext that write accepts now, as one record. */
size_t tls_engine_writable(const tls_engine_t *engine);

/* Most bytes that a record has in addition to its plaintext, with what was agreed. */
size_t tls_engine_overhead(const tls_engine_t *engine);

/* Takes plaintext, as one record; returns how much, 0 in any other state than TLS_OPEN. */
size_t tls_engine_write(tls_engine_t *engine, const uint8_t *data, size_t size);

/* Sends close_notify, once, if there is a connection to close. */
void tls_engine_notify(tls_engine_t *engine);

/* The failure; its reason is TLS_REASON_NONE before TLS_FAILED. */
const tls_failure_t *tls_engine_failure(const tls_engine_t *engine);

tls_info_t tls_engine_info(const tls_engine_t *engine);

#endif
