/* SPDX-License-Identifier: MIT */
/* AES-128 for SCP03 from Mbed TLS: its own functions up to 3.6, PSA's from 4.0 on. */
#ifndef SE050_SCP03_CRYPTO_H
#define SE050_SCP03_CRYPTO_H

#include <mbedtls/version.h>
#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/cipher.h>
#else
#include <psa/crypto.h>
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCP03_BLOCK = 16 }; /* bytes of AES' block, of a key and of a whole MAC */

/* A key in use. All zeros: none. */
#if MBEDTLS_VERSION_NUMBER < 0x04000000
typedef struct {
	uint8_t key[SCP03_BLOCK];
} scp03_cipher;
typedef struct {
	mbedtls_cipher_context_t context;
} scp03_mac;
#else
typedef struct {
	psa_key_id_t id;
} scp03_cipher;
typedef struct {
	psa_key_id_t id;
} scp03_mac;
#endif

struct scp03_part {
	const uint8_t *data;
	size_t length;
};

/*
 * Opening allocates, in the library; using does not up to Mbed TLS 3.6, and from 4.0 on PSA allocates what an operation
 * needs and frees it. All but close return whether the library did it.
 */
bool scp03_cipher_open(scp03_cipher *cipher, const uint8_t key[SCP03_BLOCK]);
/* AES-CBC in place; length is a multiple of SCP03_BLOCK. With an iv of zeros, one block is AES-ECB. */
bool scp03_cipher_encrypt(const scp03_cipher *cipher, const uint8_t iv[SCP03_BLOCK], uint8_t *data, size_t length);
bool scp03_cipher_decrypt(const scp03_cipher *cipher, const uint8_t iv[SCP03_BLOCK], uint8_t *data, size_t length);
void scp03_cipher_close(scp03_cipher *cipher);

bool scp03_mac_open(scp03_mac *mac, const uint8_t key[SCP03_BLOCK]);
/* AES-CMAC (RFC 4493) over the parts, concatenated. */
bool scp03_mac_compute(scp03_mac *mac, const struct scp03_part *parts, size_t count, uint8_t result[SCP03_BLOCK]);
void scp03_mac_close(scp03_mac *mac);

/* Random bytes from the library's entropy sources. */
bool scp03_random(uint8_t *bytes, size_t length);

#endif
