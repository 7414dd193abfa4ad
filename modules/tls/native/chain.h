/* SPDX-License-Identifier: MIT */
/*
 * The device's own chain, as Mbed TLS sends it. The library only copies it to the server, and we only need the public
 * key of the first certificate: so none is parsed as a whole, and they may be signed with what the library does not
 * know (Ed25519, for instance).
 */
#ifndef TLS_CHAIN_H
#define TLS_CHAIN_H

#include "compat.h"

#include <mbedtls/x509_crt.h>

/*
 * Splits DER certificates that follow each other without a gap, and parses the first one's public key. `chain` was
 * initialised, refers to `bytes`, which must outlive it, and is to be freed with mbedtls_x509_crt_free() in any case.
 * Returns NULL or what is wrong; `error` is Mbed TLS's error then, or 0.
 */
const char *tls_chain_read(mbedtls_x509_crt *chain, uint8_t *bytes, size_t size, int *error);

/* Bytes of the longest Certificate message that carries it (TLS 1.3), with its header. */
size_t tls_chain_message_size(const mbedtls_x509_crt *chain);

#endif
