/* SPDX-License-Identifier: MIT */
/* What differs between Mbed TLS 2.28, 3.6 and 4.x, besides the key (key.c). */
#ifndef TLS_COMPAT_H
#define TLS_COMPAT_H

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#endif

/* Named otherwise in 2.28. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION
#define MBEDTLS_ERR_SSL_BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE
#define MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER MBEDTLS_ERR_SSL_BAD_HS_SERVER_KEY_EXCHANGE
#endif

/* TLS versions, as on the wire. */
typedef enum {
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304,
} tls_version;

/* The newest version that this build of Mbed TLS speaks. */
tls_version tls_compat_newest(void);

/* Random source of a connection: a generator of its own before 4.0, PSA's since. */
typedef struct {
#if MBEDTLS_VERSION_NUMBER < 0x04000000
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context generator;
#else
	char unused;
#endif
} tls_random_t;

/* Returns 0 or Mbed TLS's error; to be closed in both cases. */
int tls_compat_open_random(tls_random_t *random);

void tls_compat_close_random(tls_random_t *random);

/* Sets random source, versions, curves, signature schemes and certificate profile. `random` must outlive it. */
void tls_compat_configure(mbedtls_ssl_config *config, tls_random_t *random, tls_version minimum, tls_version maximum);

/* The version that was negotiated. */
tls_version tls_compat_version(const mbedtls_ssl_context *ssl);

/* The newest version that was offered. */
tls_version tls_compat_maximum(const mbedtls_ssl_context *ssl);

/* The number of the alert that made Mbed TLS return MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE. */
uint8_t tls_compat_alert(const mbedtls_ssl_context *ssl);

/* Size of the handshake message that is being read, as its header says, with that. */
size_t tls_compat_message_size(const mbedtls_ssl_context *ssl);

/* Whether the server's Certificate is the message that is awaited, or being parsed. */
bool tls_compat_is_at_certificate(const mbedtls_ssl_context *ssl);

/* Whether an error of mbedtls_ssl_read() only means a TLS 1.3 session ticket. */
bool tls_compat_is_ticket(int error);

/* Whether mbedtls_ssl_read() returned in the middle of a TLS 1.3 message (a session ticket) that it has but did not
 * process. */
bool tls_compat_is_processing(const mbedtls_ssl_context *ssl);

/* SHA-256; all zero if the library failed. */
void tls_compat_sha256(const uint8_t *data, size_t size, uint8_t hash[32]);

#endif
