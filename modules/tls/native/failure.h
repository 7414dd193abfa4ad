/* SPDX-License-Identifier: MIT */
/* Why a TLS connection failed, in words for the person with the board in hand. */
#ifndef TLS_FAILURE_H
#define TLS_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
	TLS_STEP_SETUP, /* options, clock, memory: before the first byte */
	TLS_STEP_HANDSHAKE,
	TLS_STEP_READING,
	TLS_STEP_WRITING,
} tls_step;

typedef enum {
	TLS_REASON_NONE,
	TLS_REASON_OPTIONS, /* an option that cannot be used */
	TLS_REASON_CLOCK_NOT_SET,
	TLS_REASON_PEER_ALERT,	/* fatal alert from the server; `code` is its number */
	TLS_REASON_PEER_CLOSED, /* close_notify before the handshake was complete */
	TLS_REASON_TRUNCATED,	/* TCP closed without close_notify */
	TLS_REASON_UNKNOWN_ISSUER,
	TLS_REASON_WRONG_NAME,
	TLS_REASON_EXPIRED,
	TLS_REASON_NOT_YET_VALID,
	TLS_REASON_WEAK_CERTIFICATE,		/* key or signature hash below what the profile allows */
	TLS_REASON_BAD_CERTIFICATE,			/* not for a TLS server: key usage, extended key usage */
	TLS_REASON_MALFORMED_CERTIFICATE,	/* cannot be parsed; its name is that of a bad certificate */
	TLS_REASON_UNSUPPORTED_CERTIFICATE, /* has something that is not taken here, such as name constraints */
	TLS_REASON_PROTOCOL_VERSION,
	TLS_REASON_NEGOTIATION, /* the server chose or sent parameters that were not offered */
	TLS_REASON_SIGNING,		/* the key's own failure */
	TLS_REASON_LIMIT,		/* the server is right, but this client cannot do what it wants */
	TLS_REASON_BAD_RECORD,	/* not TLS, corrupted or forged */
	TLS_REASON_UNEXPECTED_MESSAGE,
	TLS_REASON_MEMORY,
	TLS_REASON_INTERNAL,
} tls_reason;

typedef struct {
	tls_step step;
	tls_reason reason;
	int code;		   /* alert number with TLS_REASON_PEER_ALERT, else Mbed TLS's error or 0 */
	char message[512]; /* what failed, detail, cause and remedy; UTF-8 */
} tls_failure_t;

/* Fills in a failure other than a peer's alert. `detail` (may be NULL) goes into the message in parentheses. */
void tls_failure_set(tls_failure_t *failure, tls_step step, tls_reason reason, int code, const char *detail);

/* What an alert may be the answer to. */
typedef enum {
	TLS_STAGE_HELLO,	   /* before the client's certificate was sent */
	TLS_STAGE_CERTIFICATE, /* it was sent, and the server may still refuse it: in TLS 1.3 until its first plaintext */
	TLS_STAGE_IN_USE,	   /* the handshake was accepted */
} tls_stage;

/* Fills in a peer's fatal alert. `offered`: the TLS versions that were offered, in words. */
void tls_failure_set_alert(tls_failure_t *failure, tls_step step, uint8_t number, tls_stage stage, const char *offered);

/* "setup", "handshake", "reading", "writing". */
const char *tls_step_name(tls_step step);

/* A stable name for programs, such as "wrong-name". */
const char *tls_reason_name(tls_reason reason);

/* Name of an alert after RFC 8446 section 6 and RFC 5246 section 7.2, or "unknown alert". */
const char *tls_alert_name(uint8_t number);

#endif
