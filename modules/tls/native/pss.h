/**
 * CertificateVerify of TLS 1.3 by an RSA key that lives elsewhere (RFC 8446 section 4.4.3).
 *
 * RSA signs with PSS there, and Mbed TLS does not come to a key's `sign_func` for that: mbedtls_pk_sign_ext() goes to its
 * own RSA code. So the handshake is driven step by step, and this one message is written here, by the functions of the
 * library's private ssl_misc.h. Where that header is not in the include path, an RSA key serves TLS 1.2 only.
 */
#ifndef TLS_PSS_H
#define TLS_PSS_H

#include "key.h"

#include <mbedtls/ssl.h>
#include <stdbool.h>

/** Whether this build can do it. */
bool tls_pss_is_possible(void);

/** mbedtls_ssl_handshake(), with that message of ours if `key` (may be NULL) is of RSA. Returns the same. */
int tls_pss_handshake(mbedtls_ssl_context *ssl, TLSKey *key);

#endif
