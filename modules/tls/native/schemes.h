/* SPDX-License-Identifier: MIT */
/*
 * Signature schemes: which are offered, and whether the server's signature keeps to them.
 *
 * Mbed TLS verifies signatures, but not always that the server was free to sign as it did: 4.0.0 takes MD5 and SHA-1 in
 * ServerKeyExchange (CVE-2026-25834); 3.6.6 and 4.0.0 take PKCS#1 v1.5 in TLS 1.3, and any curve under any scheme of
 * ECDSA; all take a certificate of the wrong kind for the suite in TLS 1.2. So each message that carries the server's
 * signature is checked again here, before anything is sent in answer to it.
 */
#ifndef TLS_SCHEMES_H
#define TLS_SCHEMES_H

#include "compat.h"
#include "verify.h"

/* Sets the schemes that are offered to a connection of at most this version. */
void tls_schemes_offer(mbedtls_ssl_config *config, tls_version maximum);

/* A handshake message that Mbed TLS has accepted. */
typedef struct {
	tls_version version;  /* negotiated */
	tls_version maximum;  /* offered */
	int suite;			  /* negotiated, IANA's number */
	const uint8_t *bytes; /* with its header */
	size_t size;
} tls_message_t;

/*
 * Whether the server was free to sign a ServerKeyExchange (1.2) or CertificateVerify (1.3) like that. False: the
 * verifier has reason and detail.
 */
bool tls_schemes_check(const tls_message_t *message, tls_verifier_t *verifier);

/*
 * Whether a CertificateRequest of TLS 1.2 lists the scheme that Mbed TLS will sign with: it chooses the hash by the
 * cipher suite and not by this list. Any other message is fine. False: the verifier has reason and detail.
 */
bool tls_schemes_check_request(const tls_message_t *message, tls_signer signer, tls_verifier_t *verifier);

#endif
