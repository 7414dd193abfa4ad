/* SPDX-License-Identifier: MIT */
#include "tls_signer.h"

#include "compat.h"

#include <mbedtls/md.h>
#include <stdio.h>
#include <string.h>

static mbedtls_pk_context pk;
static tls_random_t source;
static bool is_open;

bool tls_signer_open(const uint8_t *bytes, size_t size)
{
	is_open = true;
	mbedtls_pk_init(&pk);
	if (tls_compat_open_random(&source))
		return false;
#if MBEDTLS_VERSION_NUMBER < 0x03000000 || MBEDTLS_VERSION_NUMBER >= 0x04000000
	int error = mbedtls_pk_parse_key(&pk, bytes, size, NULL, 0);
#else
	int error = mbedtls_pk_parse_key(&pk, bytes, size, NULL, 0, mbedtls_ctr_drbg_random, &source.generator);
#endif
	if (error)
		fprintf(stderr, "the key cannot be parsed: -0x%04X\n", (unsigned)-error);
	return error == 0;
}

bool tls_signer_sign(tls_signature_t *signature)
{
	mbedtls_md_type_t type = !strcmp(signature->hash, "SHA-256") ? MBEDTLS_MD_SHA256
		: !strcmp(signature->hash, "SHA-384")					 ? MBEDTLS_MD_SHA384
																 : MBEDTLS_MD_SHA512;
	bool is_pss = !strcmp(signature->scheme, "RSASSA-PSS");
#if MBEDTLS_VERSION_NUMBER < 0x03000000
	int error = is_pss ? MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
					   : mbedtls_pk_sign(&pk, type, signature->digest, signature->digest_size, signature->signature,
							 &signature->size, mbedtls_ctr_drbg_random, &source.generator);
#elif MBEDTLS_VERSION_NUMBER < 0x04000000
	mbedtls_pk_type_t kind = is_pss ? MBEDTLS_PK_RSASSA_PSS : mbedtls_pk_get_type(&pk);
	int error = mbedtls_pk_sign_ext(kind, &pk, type, signature->digest, signature->digest_size, signature->signature,
		signature->capacity, &signature->size, mbedtls_ctr_drbg_random, &source.generator);
#else
	mbedtls_pk_sigalg_t kind = is_pss		  ? MBEDTLS_PK_SIGALG_RSA_PSS
		: !strcmp(signature->scheme, "ECDSA") ? MBEDTLS_PK_SIGALG_ECDSA
											  : MBEDTLS_PK_SIGALG_RSA_PKCS1V15;
	int error = mbedtls_pk_sign_ext(kind, &pk, type, signature->digest, signature->digest_size, signature->signature,
		signature->capacity, &signature->size);
#endif
	printf("{\"event\":\"sign\",\"scheme\":\"%s\",\"hash\":\"%s\",\"digestSize\":%zu}\n", signature->scheme,
		signature->hash, signature->digest_size);
	return error == 0;
}

void tls_signer_close(void)
{
	if (!is_open)
		return;
	mbedtls_pk_free(&pk);
	tls_compat_close_random(&source);
}
