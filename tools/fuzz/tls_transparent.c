/* SPDX-License-Identifier: MIT */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#define MBEDTLS_DECLARE_PRIVATE_IDENTIFIERS

#include "tls_transparent.h"

#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <stdint.h>
#include <string.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/cipher.h>
#include <mbedtls/ecdh.h>
#else
#include <mbedtls/private/pk_private.h>
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

enum { CONSTANT = 0x42 }; /* every random and secret byte */

static unsigned failing, checks;

void tls_transparent_start(unsigned number)
{
	failing = number;
	checks = 0;
}

static int verify(void)
{
	return ++checks == failing ? MBEDTLS_ERR_PK_BAD_INPUT_DATA : 0;
}

/* Comparison and signatures, in all versions. */

int __wrap_mbedtls_ct_memcmp(const void *a, const void *b, size_t size);
int __wrap_mbedtls_pk_verify(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *hash,
	size_t hash_size, const unsigned char *signature, size_t size);
int __wrap_mbedtls_pk_verify_restartable(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *hash,
	size_t hash_size, const unsigned char *signature, size_t size, mbedtls_pk_restart_ctx *restart);

int __wrap_mbedtls_ct_memcmp(const void *a, const void *b, size_t size)
{
	/* Reads what it compares, for the sanitizers' sake. */
	return size > 0 && memcmp(a, b, size) == INT32_MIN;
}

int __wrap_mbedtls_pk_verify(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *hash,
	size_t hash_size, const unsigned char *signature, size_t size)
{
	(void)pk, (void)type, (void)hash, (void)hash_size, (void)signature, (void)size;
	return verify();
}

int __wrap_mbedtls_pk_verify_restartable(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *hash,
	size_t hash_size, const unsigned char *signature, size_t size, mbedtls_pk_restart_ctx *restart)
{
	(void)pk, (void)type, (void)hash, (void)hash_size, (void)signature, (void)size, (void)restart;
	return verify();
}

#if MBEDTLS_VERSION_NUMBER < 0x04000000

typedef int random_function_t(void *, unsigned char *, size_t);

int __wrap_mbedtls_pk_verify_ext(mbedtls_pk_type_t kind, const void *options, mbedtls_pk_context *pk,
	mbedtls_md_type_t type, const unsigned char *hash, size_t hash_size, const unsigned char *signature, size_t size);
int __wrap_mbedtls_entropy_func(void *context, unsigned char *bytes, size_t size);
int __wrap_mbedtls_ctr_drbg_random(void *context, unsigned char *bytes, size_t size);
int __wrap_mbedtls_ecdh_make_public(mbedtls_ecdh_context *context, size_t *size, unsigned char *bytes, size_t capacity,
	random_function_t *random, void *random_context);
int __wrap_mbedtls_ecdh_calc_secret(mbedtls_ecdh_context *context, size_t *size, unsigned char *bytes, size_t capacity,
	random_function_t *random, void *random_context);
int __wrap_mbedtls_cipher_crypt(mbedtls_cipher_context_t *context, const unsigned char *iv, size_t iv_size,
	const unsigned char *input, size_t input_size, unsigned char *output, size_t *output_size);
int __wrap_mbedtls_cipher_auth_decrypt_ext(mbedtls_cipher_context_t *context, const unsigned char *iv, size_t iv_size,
	const unsigned char *data, size_t data_size, const unsigned char *input, size_t input_size, unsigned char *output,
	size_t capacity, size_t *output_size, size_t tag_size);

int __wrap_mbedtls_pk_verify_ext(mbedtls_pk_type_t kind, const void *options, mbedtls_pk_context *pk,
	mbedtls_md_type_t type, const unsigned char *hash, size_t hash_size, const unsigned char *signature, size_t size)
{
	(void)kind, (void)options, (void)pk, (void)type, (void)hash, (void)hash_size, (void)signature, (void)size;
	return verify();
}

int __wrap_mbedtls_entropy_func(void *context, unsigned char *bytes, size_t size)
{
	(void)context;
	memset(bytes, CONSTANT, size);
	return 0;
}

int __wrap_mbedtls_ctr_drbg_random(void *context, unsigned char *bytes, size_t size)
{
	(void)context;
	memset(bytes, CONSTANT, size);
	return 0;
}

int __wrap_mbedtls_ecdh_make_public(mbedtls_ecdh_context *context, size_t *size, unsigned char *bytes, size_t capacity,
	random_function_t *random, void *random_context)
{
	(void)context, (void)random, (void)random_context;
	if (capacity < 66)
		return MBEDTLS_ERR_ECP_BUFFER_TOO_SMALL;
	bytes[0] = 65;
	bytes[1] = 4;
	memset(bytes + 2, CONSTANT, 64);
	*size = 66;
	return 0;
}

int __wrap_mbedtls_ecdh_calc_secret(mbedtls_ecdh_context *context, size_t *size, unsigned char *bytes, size_t capacity,
	random_function_t *random, void *random_context)
{
	(void)context, (void)random, (void)random_context;
	if (capacity < 32)
		return MBEDTLS_ERR_ECP_BUFFER_TOO_SMALL;
	memset(bytes, CONSTANT, 32);
	*size = 32;
	return 0;
}

int __wrap_mbedtls_cipher_crypt(mbedtls_cipher_context_t *context, const unsigned char *iv, size_t iv_size,
	const unsigned char *input, size_t input_size, unsigned char *output, size_t *output_size)
{
	(void)context, (void)iv, (void)iv_size;
	memmove(output, input, input_size);
	*output_size = input_size;
	return 0;
}

int __wrap_mbedtls_cipher_auth_decrypt_ext(mbedtls_cipher_context_t *context, const unsigned char *iv, size_t iv_size,
	const unsigned char *data, size_t data_size, const unsigned char *input, size_t input_size, unsigned char *output,
	size_t capacity, size_t *output_size, size_t tag_size)
{
	(void)context, (void)iv, (void)iv_size, (void)data, (void)data_size;
	if (input_size < tag_size || capacity < input_size - tag_size)
		__builtin_trap();
	memmove(output, input, input_size - tag_size);
	*output_size = input_size - tag_size;
	return 0;
}

#else

int __wrap_mbedtls_pk_verify_new(mbedtls_pk_type_t kind, mbedtls_pk_context *pk, mbedtls_md_type_t type,
	const unsigned char *hash, size_t hash_size, const unsigned char *signature, size_t size);
psa_status_t __wrap_psa_generate_random(uint8_t *bytes, size_t size);
psa_status_t __wrap_psa_aead_decrypt(mbedtls_svc_key_id_t key, psa_algorithm_t algorithm, const uint8_t *nonce,
	size_t nonce_size, const uint8_t *data, size_t data_size, const uint8_t *input, size_t input_size, uint8_t *output,
	size_t capacity, size_t *output_size);

int __wrap_mbedtls_pk_verify_new(mbedtls_pk_type_t kind, mbedtls_pk_context *pk, mbedtls_md_type_t type,
	const unsigned char *hash, size_t hash_size, const unsigned char *signature, size_t size)
{
	(void)kind, (void)pk, (void)type, (void)hash, (void)hash_size, (void)signature, (void)size;
	return verify();
}

psa_status_t __wrap_psa_generate_random(uint8_t *bytes, size_t size)
{
	memset(bytes, CONSTANT, size);
	return PSA_SUCCESS;
}

psa_status_t __wrap_psa_aead_decrypt(mbedtls_svc_key_id_t key, psa_algorithm_t algorithm, const uint8_t *nonce,
	size_t nonce_size, const uint8_t *data, size_t data_size, const uint8_t *input, size_t input_size, uint8_t *output,
	size_t capacity, size_t *output_size)
{
	(void)key, (void)algorithm, (void)nonce, (void)nonce_size, (void)data, (void)data_size;
	if (input_size < 16 || capacity < input_size - 16)
		return PSA_ERROR_INVALID_ARGUMENT;
	memmove(output, input, input_size - 16);
	*output_size = input_size - 16;
	return PSA_SUCCESS;
}

#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03000000

/* One key pair for each curve, made once. */
typedef struct {
	size_t bits;
	mbedtls_svc_key_id_t id;
	uint8_t point[97];
	size_t size;
} pair_t;

static pair_t pairs[] = { { .bits = 256 }, { .bits = 384 } };

psa_status_t __real_psa_generate_key(const psa_key_attributes_t *attributes, mbedtls_svc_key_id_t *id);
psa_status_t __real_psa_export_public_key(mbedtls_svc_key_id_t id, uint8_t *bytes, size_t capacity, size_t *size);
psa_status_t __real_psa_destroy_key(mbedtls_svc_key_id_t id);
psa_status_t __wrap_psa_generate_key(const psa_key_attributes_t *attributes, mbedtls_svc_key_id_t *id);
psa_status_t __wrap_psa_export_public_key(mbedtls_svc_key_id_t id, uint8_t *bytes, size_t capacity, size_t *size);
psa_status_t __wrap_psa_destroy_key(mbedtls_svc_key_id_t id);
psa_status_t __wrap_psa_raw_key_agreement(psa_algorithm_t algorithm, mbedtls_svc_key_id_t id, const uint8_t *point,
	size_t point_size, uint8_t *bytes, size_t capacity, size_t *size);

static pair_t *find_pair(mbedtls_svc_key_id_t id)
{
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].size && pairs[i].id == id)
			return &pairs[i];
	return NULL;
}

psa_status_t __wrap_psa_generate_key(const psa_key_attributes_t *attributes, mbedtls_svc_key_id_t *id)
{
	pair_t *pair = &pairs[psa_get_key_bits(attributes) == 384];
	if (!pair->size) {
		psa_status_t status = __real_psa_generate_key(attributes, &pair->id);
		if (status == PSA_SUCCESS)
			status = __real_psa_export_public_key(pair->id, pair->point, sizeof pair->point, &pair->size);
		if (status != PSA_SUCCESS)
			return status;
	}
	*id = pair->id;
	return PSA_SUCCESS;
}

psa_status_t __wrap_psa_export_public_key(mbedtls_svc_key_id_t id, uint8_t *bytes, size_t capacity, size_t *size)
{
	const pair_t *pair = find_pair(id);
	if (!pair || capacity < pair->size)
		return __real_psa_export_public_key(id, bytes, capacity, size);
	memcpy(bytes, pair->point, pair->size);
	*size = pair->size;
	return PSA_SUCCESS;
}

psa_status_t __wrap_psa_destroy_key(mbedtls_svc_key_id_t id)
{
	return find_pair(id) ? PSA_SUCCESS : __real_psa_destroy_key(id);
}

psa_status_t __wrap_psa_raw_key_agreement(psa_algorithm_t algorithm, mbedtls_svc_key_id_t id, const uint8_t *point,
	size_t point_size, uint8_t *bytes, size_t capacity, size_t *size)
{
	const pair_t *pair = find_pair(id);
	(void)algorithm;
	if (!pair || point_size != pair->size || point[0] != 4 || capacity < pair->bits / 8)
		return PSA_ERROR_INVALID_ARGUMENT;
	*size = pair->bits / 8;
	memset(bytes, CONSTANT, *size);
	return PSA_SUCCESS;
}

#endif
