/* SPDX-License-Identifier: MIT */
/* A private key in software, for the test client's signing function. */
#ifndef TLS_SIGNER_H
#define TLS_SIGNER_H

#include "key.h"

/* Takes a PKCS#8 key, DER. */
bool tls_signer_open(const uint8_t *bytes, size_t size);

bool tls_signer_sign(tls_signature_t *signature);

void tls_signer_close(void);

#endif
