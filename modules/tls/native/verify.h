/* SPDX-License-Identifier: MIT */
/* The judgement of a server's chain: name, dates, and what to say about a refusal. */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include "failure.h"
#include "suites.h"

#include <mbedtls/x509_crt.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	const char *server_name;	   /* what the certificate must be for */
	uint8_t address[16];		   /* its bytes, if it is an IP literal */
	size_t address_size;		   /* 0, 4 or 16 */
	int64_t (*now)(void *context); /* seconds since 1970-01-01 UTC */
	void *context;
	tls_reason reason;		  /* the weightiest fault found; TLS_REASON_NONE: none */
	char detail[256];		  /* its particulars */
	char subject[128];		  /* the server certificate's */
	uint8_t sha256[32];		  /* of the server certificate's DER */
	int64_t valid_from;		  /* when the server certificate's validity begins, in seconds since 1970-01-01 UTC */
	tls_signer server_signer; /* the kind of its key; TLS_SIGNER_ANY: none that is known */
	size_t server_key_bits;
} tls_verifier_t;

/* Prepares for one connection; keeps `server_name` and `context`. */
void tls_verifier_open(tls_verifier_t *verifier, const char *server_name, int64_t (*now)(void *), void *context);

/*
 * mbedtls_ssl_conf_verify()'s callback: called for each certificate of the chain, the root first, depth 0 last.
 * Judges the dates by the verifier's own clock (a build of Mbed TLS may have none) and names that are IP literals
 * (RFC 6125 section 1.7.2; Mbed TLS 2.28 does not compare them).
 */
int tls_verify(void *verifier, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

/* After a failure, with mbedtls_ssl_get_verify_result(): the library looks at key usages after the callback. */
void tls_verify_usage(tls_verifier_t *verifier, uint32_t flags);

/* "2026-11-22T15:00:00Z" for seconds since 1970. */
void tls_format_time(int64_t seconds, char *text, size_t size);

#endif
