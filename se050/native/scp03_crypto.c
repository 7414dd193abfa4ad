/* SPDX-License-Identifier: MIT */
#include "scp03_crypto.h"

#include "wipe.h"

#include <string.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000

#include <mbedtls/aes.h>
#include <mbedtls/cmac.h>
#include <mbedtls/entropy.h>

#ifndef MBEDTLS_CMAC_C
#error "SCP03 needs AES-CMAC: define MBEDTLS_CMAC_C in the configuration of Mbed TLS"
#endif

enum { KEY_BITS = 8 * SCP03_BLOCK };

bool scp03_cipher_open(scp03_cipher *cipher, const uint8_t key[SCP03_BLOCK])
{
	memcpy(cipher->key, key, SCP03_BLOCK);
	return true;
}

static bool crypt_cbc(mbedtls_aes_context *aes, int mode, const uint8_t *iv, uint8_t *data, size_t length)
{
	uint8_t chain[SCP03_BLOCK];
	memcpy(chain, iv, sizeof chain);
	bool done = mbedtls_aes_crypt_cbc(aes, mode, length, chain, data, data) == 0;
	mbedtls_aes_free(aes);
	return done;
}

bool scp03_cipher_encrypt(const scp03_cipher *cipher, const uint8_t iv[SCP03_BLOCK], uint8_t *data, size_t length)
{
	mbedtls_aes_context aes;
	mbedtls_aes_init(&aes);
	return mbedtls_aes_setkey_enc(&aes, cipher->key, KEY_BITS) == 0 &&
		crypt_cbc(&aes, MBEDTLS_AES_ENCRYPT, iv, data, length);
}

bool scp03_cipher_decrypt(const scp03_cipher *cipher, const uint8_t iv[SCP03_BLOCK], uint8_t *data, size_t length)
{
	mbedtls_aes_context aes;
	mbedtls_aes_init(&aes);
	return mbedtls_aes_setkey_dec(&aes, cipher->key, KEY_BITS) == 0 &&
		crypt_cbc(&aes, MBEDTLS_AES_DECRYPT, iv, data, length);
}

void scp03_cipher_close(scp03_cipher *cipher)
{
	wipe(cipher, sizeof *cipher);
}

bool scp03_mac_open(scp03_mac *mac, const uint8_t key[SCP03_BLOCK])
{
	mbedtls_cipher_init(&mac->context);
	return mbedtls_cipher_setup(&mac->context, mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_ECB)) == 0 &&
		mbedtls_cipher_cmac_starts(&mac->context, key, KEY_BITS) == 0;
}

bool scp03_mac_compute(scp03_mac *mac, const struct scp03_part *parts, size_t count, uint8_t result[SCP03_BLOCK])
{
	bool done = mbedtls_cipher_cmac_reset(&mac->context) == 0;
	for (size_t i = 0; i < count && done; i++)
		done = parts[i].length == 0 || mbedtls_cipher_cmac_update(&mac->context, parts[i].data, parts[i].length) == 0;
	return done && mbedtls_cipher_cmac_finish(&mac->context, result) == 0;
}

void scp03_mac_close(scp03_mac *mac)
{
	mbedtls_cipher_free(&mac->context);
	wipe(mac, sizeof *mac);
}

bool scp03_random(uint8_t *bytes, size_t length)
{
	mbedtls_entropy_context entropy;
	mbedtls_entropy_init(&entropy);
	bool done = length <= MBEDTLS_ENTROPY_BLOCK_SIZE && mbedtls_entropy_func(&entropy, bytes, length) == 0;
	mbedtls_entropy_free(&entropy);
	return done;
}

#else

static bool import(psa_key_id_t *id, const uint8_t *key, psa_key_usage_t usage, psa_algorithm_t algorithm)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
	psa_set_key_usage_flags(&attributes, usage);
	psa_set_key_algorithm(&attributes, algorithm);
	return psa_crypto_init() == PSA_SUCCESS && psa_import_key(&attributes, key, SCP03_BLOCK, id) == PSA_SUCCESS;
}

bool scp03_cipher_open(scp03_cipher *cipher, const uint8_t key[SCP03_BLOCK])
{
	return import(&cipher->id, key, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, PSA_ALG_CBC_NO_PADDING);
}

static bool crypt_cbc(psa_cipher_operation_t *operation, const uint8_t *iv, uint8_t *data, size_t length)
{
	size_t written, rest;
	bool done = psa_cipher_set_iv(operation, iv, SCP03_BLOCK) == PSA_SUCCESS &&
		psa_cipher_update(operation, data, length, data, length, &written) == PSA_SUCCESS &&
		psa_cipher_finish(operation, data + written, length - written, &rest) == PSA_SUCCESS;
	psa_cipher_abort(operation);
	return done;
}

bool scp03_cipher_encrypt(const scp03_cipher *cipher, const uint8_t iv[SCP03_BLOCK], uint8_t *data, size_t length)
{
	psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
	return psa_cipher_encrypt_setup(&operation, cipher->id, PSA_ALG_CBC_NO_PADDING) == PSA_SUCCESS &&
		crypt_cbc(&operation, iv, data, length);
}

bool scp03_cipher_decrypt(const scp03_cipher *cipher, const uint8_t iv[SCP03_BLOCK], uint8_t *data, size_t length)
{
	psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
	return psa_cipher_decrypt_setup(&operation, cipher->id, PSA_ALG_CBC_NO_PADDING) == PSA_SUCCESS &&
		crypt_cbc(&operation, iv, data, length);
}

void scp03_cipher_close(scp03_cipher *cipher)
{
	psa_destroy_key(cipher->id);
	cipher->id = PSA_KEY_ID_NULL;
}

bool scp03_mac_open(scp03_mac *mac, const uint8_t key[SCP03_BLOCK])
{
	return import(&mac->id, key, PSA_KEY_USAGE_SIGN_MESSAGE, PSA_ALG_CMAC);
}

bool scp03_mac_compute(scp03_mac *mac, const struct scp03_part *parts, size_t count, uint8_t result[SCP03_BLOCK])
{
	psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
	size_t length;
	bool done = psa_mac_sign_setup(&operation, mac->id, PSA_ALG_CMAC) == PSA_SUCCESS;
	for (size_t i = 0; i < count && done; i++)
		done = psa_mac_update(&operation, parts[i].data, parts[i].length) == PSA_SUCCESS;
	done = done && psa_mac_sign_finish(&operation, result, SCP03_BLOCK, &length) == PSA_SUCCESS;
	psa_mac_abort(&operation);
	return done;
}

void scp03_mac_close(scp03_mac *mac)
{
	psa_destroy_key(mac->id);
	mac->id = PSA_KEY_ID_NULL;
}

bool scp03_random(uint8_t *bytes, size_t length)
{
	return psa_crypto_init() == PSA_SUCCESS && psa_generate_random(bytes, length) == PSA_SUCCESS;
}

#endif
