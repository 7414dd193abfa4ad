/* SPDX-License-Identifier: MIT */
/* A client key that lives elsewhere: Mbed TLS asks it for signatures through a function of ours. */
#ifndef TLS_KEY_H
#define TLS_KEY_H

#include "suites.h"

#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kind of a public key; TLS_SIGNER_ANY: neither. */
tls_signer tls_signer_of_key(const mbedtls_pk_context *key);

/* One signature, asked for and answered. */
typedef struct {
	const char *hash;	/* "SHA-256", "SHA-384" or "SHA-512" */
	const char *scheme; /* "ECDSA", "RSASSA-PKCS1-v1_5" or "RSASSA-PSS" (MGF1 with `hash`, salt as long as the hash) */
	const uint8_t *digest;
	size_t digest_size;
	uint8_t *signature; /* where it goes: DER ECDSA-Sig-Value (RFC 3279); of RSA as many bytes as the modulus */
	size_t capacity;
	size_t size;	   /* answer: bytes of `signature` */
	char message[192]; /* answer, on failure: why, UTF-8 */
} tls_signature_t;

/* Signs, synchronously. False: it failed, and `message` says why. */
typedef bool (*tls_sign_t)(void *context, tls_signature_t *signature);

typedef struct tls_key tls_key_t;

/*
 * Makes the private half to a certificate's public key, which must outlive it. NULL: no memory, or a key that Mbed TLS
 * cannot use.
 */
tls_key_t *tls_key_open(const mbedtls_pk_context *public_key, tls_sign_t sign, void *context);

void tls_key_close(tls_key_t *key);

/* What mbedtls_ssl_conf_own_cert() takes. */
mbedtls_pk_context *tls_key_context(tls_key_t *key);

/* Whether it is an RSA key: Mbed TLS does not come to it for the RSA-PSS of TLS 1.3, see handshake.h. */
bool tls_key_is_rsa(const tls_key_t *key);

/* Signs with RSA-PSS. Returns 0 or Mbed TLS's error. */
int tls_key_sign_pss(tls_key_t *key, mbedtls_md_type_t type, const uint8_t *digest, size_t digest_size,
	uint8_t *signature, size_t capacity, size_t *size);

/* Whether a signature was asked for, that is, whether the server wanted the client's certificate. */
bool tls_key_was_used(const tls_key_t *key);

/* The message of the signature that failed; NULL if none did. */
const char *tls_key_failure(const tls_key_t *key);

#endif
