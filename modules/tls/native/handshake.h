/* SPDX-License-Identifier: MIT */
/*
 * The handshake, driven step by step, with what Mbed TLS lacks:
 *
 * - The checks of signature schemes (schemes.h), on every version.
 *
 * In TLS 1.3, with functions of the library's private ssl_misc.h. Where that is not in the include path, these three
 * are missing, and an RSA key serves TLS 1.2 only:
 *
 * - CertificateVerify by an RSA key that lives elsewhere (RFC 8446 section 4.4.3). RSA signs with PSS there, and Mbed
 *   TLS does not come to a key's `sign_func` for that: mbedtls_pk_sign_ext() goes to its own RSA code. So this one
 *   message is written here.
 * - The check that a HelloRetryRequest asks for a group that was offered (section 4.1.4); 3.6.6 and 4.0.0 compare the
 *   wrong way.
 * - protocol_version for a server of TLS 1.2 where the minimum is 1.3.
 * - A HelloRetryRequest with a cookie (section 4.2.2), which they refuse as an extension that was not asked for.
 */
#ifndef TLS_HANDSHAKE_H
#define TLS_HANDSHAKE_H

#include "key.h"
#include "verify.h"

#include <mbedtls/ssl.h>
#include <stdbool.h>

/* Whether this build can sign with PSS, as TLS 1.3 wants it of an RSA key. */
bool tls_handshake_has_pss(void);

/*
 * mbedtls_ssl_handshake(), with the above; `key` may be NULL. Returns the same. An objection to the server's signature
 * is MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, with the words in `verifier`.
 */
int tls_handshake(mbedtls_ssl_context *ssl, tls_key_t *key, tls_verifier_t *verifier);

#endif
