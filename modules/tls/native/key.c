/* SPDX-License-Identifier: MIT */
/*
 * Mbed TLS signs the client's CertificateVerify through its key's `mbedtls_pk_info_t`, a table of functions that is
 * public in 2.28 and private since. The key made here has a copy of the certificate's own table with `sign_func`
 * replaced, so that the public half always is the certificate's. ESP-IDF after 6.0 has an official way
 * (MBEDTLS_SECURE_ELEMENT_DRIVER_ENABLED); it would replace this file.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#define MBEDTLS_DECLARE_PRIVATE_IDENTIFIERS

#include "key.h"

#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#include <mbedtls/pk_internal.h>
#elif __has_include("pk_wrap.h")
#include "pk_wrap.h"
#elif MBEDTLS_VERSION_NUMBER >= 0x03060000 && MBEDTLS_VERSION_NUMBER < 0x04000000
#include "pk_info_3_6.h"
#else
#error "Mbed TLS 4 keeps pk_wrap.h to itself: add tf-psa-crypto/drivers/builtin/src to the include path"
#endif

struct tls_key {
	mbedtls_pk_context pk; /* first: the signing function finds the key by it */
	mbedtls_pk_info_t info;
	const mbedtls_pk_context *public_key;
	tls_sign_t sign;
	void *context;
	bool used;
	bool failed;
	char message[sizeof((tls_signature_t *)0)->message];
};

static const char *hash_name(mbedtls_md_type_t type)
{
	switch (type) {
	case MBEDTLS_MD_SHA256:
		return "SHA-256";
	case MBEDTLS_MD_SHA384:
		return "SHA-384";
	case MBEDTLS_MD_SHA512:
		return "SHA-512";
	default:
		return NULL;
	}
}

static int fail(tls_key_t *key, const char *message)
{
	key->failed = true;
	snprintf(key->message, sizeof key->message, "%s", message);
	return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
}

/* A DER SEQUENCE whose length is that of the whole, in the short or the one-byte long form. */
static bool is_der_sequence(const uint8_t *bytes, size_t size)
{
	if (size < 8 || bytes[0] != 0x30)
		return false;
	return bytes[1] < 0x80 ? bytes[1] == size - 2 : bytes[1] == 0x81 && bytes[2] == size - 3;
}

static int ask(tls_key_t *key, const char *scheme, mbedtls_md_type_t type, const unsigned char *digest,
	size_t digest_size, unsigned char *signature, size_t capacity, size_t *size)
{
	tls_signature_t request = {
		.hash = hash_name(type),
		.scheme = scheme,
		.digest = digest,
		.digest_size = digest_size,
		.signature = signature,
		.capacity = capacity,
	};
	bool is_rsa = tls_key_is_rsa(key);
	key->used = true;
	if (key->failed) /* TLS 1.3 tries again with the next signature algorithm */
		return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
	if (!request.hash)
		return fail(key, "asked for a hash that it does not know");
	if (!key->sign(key->context, &request))
		return fail(key, request.message);
	if (request.size == 0 || request.size > capacity)
		return fail(key, "the signature is empty or too long");
	if (!is_rsa && !is_der_sequence(signature, request.size))
		return fail(key, "the signature is not a DER ECDSA-Sig-Value");
	if (is_rsa && request.size != (mbedtls_pk_get_bitlen(key->public_key) + 7) / 8)
		return fail(key, "the signature is not as long as the RSA modulus");
	*size = request.size;
	return 0;
}

/* What Mbed TLS comes for. */
static int sign(tls_key_t *key, mbedtls_md_type_t type, const unsigned char *digest, size_t digest_size,
	unsigned char *signature, size_t capacity, size_t *size)
{
	return ask(
		key, tls_key_is_rsa(key) ? "RSASSA-PKCS1-v1_5" : "ECDSA", type, digest, digest_size, signature, capacity, size);
}

int tls_key_sign_pss(tls_key_t *key, mbedtls_md_type_t type, const uint8_t *digest, size_t digest_size,
	uint8_t *signature, size_t capacity, size_t *size)
{
	return ask(key, "RSASSA-PSS", type, digest, digest_size, signature, capacity, size);
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000

/* 2.28 hands the functions the key's own structure, here a tls_key_t, not the mbedtls_pk_context. */
static int sign_func(void *key, mbedtls_md_type_t type, const unsigned char *digest, size_t digest_size,
	unsigned char *signature, size_t *size, int (*random)(void *, unsigned char *, size_t), void *random_context)
{
	(void)random;
	(void)random_context;
	return sign(key, type, digest, digest_size, signature, MBEDTLS_PK_SIGNATURE_MAX_SIZE, size);
}

static size_t get_bitlen(const void *key)
{
	return mbedtls_pk_get_bitlen(((const tls_key_t *)key)->public_key);
}

static void adapt(tls_key_t *key)
{
	key->info.get_bitlen = get_bitlen;
	key->info.verify_func = NULL;
	key->info.decrypt_func = NULL;
	key->info.encrypt_func = NULL;
	key->info.check_pair_func = NULL;
	key->info.ctx_alloc_func = NULL;
	key->info.ctx_free_func = NULL;
	key->info.debug_func = NULL;
	key->pk.pk_ctx = key;
}

#elif MBEDTLS_VERSION_NUMBER < 0x04000000

static int sign_func(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *digest, size_t digest_size,
	unsigned char *signature, size_t capacity, size_t *size, int (*random)(void *, unsigned char *, size_t),
	void *random_context)
{
	(void)random;
	(void)random_context;
	return sign((tls_key_t *)pk, type, digest, digest_size, signature, capacity, size);
}

static void adapt(tls_key_t *key)
{
	(void)key;
}

#else

static int sign_func(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *digest, size_t digest_size,
	unsigned char *signature, size_t capacity, size_t *size)
{
	return sign((tls_key_t *)pk, type, digest, digest_size, signature, capacity, size);
}

static void adapt(tls_key_t *key)
{
	(void)key;
}

#endif

tls_key_t *tls_key_open(const mbedtls_pk_context *public_key, tls_sign_t function, void *context)
{
	if (!public_key->pk_info)
		return NULL;
	tls_key_t *key = calloc(1, sizeof *key);
	if (!key)
		return NULL;
	key->pk = *public_key;
	key->info = *public_key->pk_info;
	key->info.sign_func = sign_func;
#if defined(MBEDTLS_ECP_RESTARTABLE) && (defined(MBEDTLS_ECDSA_C) || MBEDTLS_VERSION_NUMBER >= 0x04000000)
	key->info.sign_rs_func = NULL;
#endif
	key->pk.pk_info = &key->info;
	key->public_key = public_key;
	key->sign = function;
	key->context = context;
	adapt(key);
	return key;
}

void tls_key_close(tls_key_t *key)
{
	free(key);
}

mbedtls_pk_context *tls_key_context(tls_key_t *key)
{
	return &key->pk;
}

tls_signer tls_signer_of_key(const mbedtls_pk_context *key)
{
	if (mbedtls_pk_can_do(key, MBEDTLS_PK_RSA))
		return TLS_SIGNER_RSA;
	return mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA) ? TLS_SIGNER_ECDSA : TLS_SIGNER_ANY;
}

bool tls_key_is_rsa(const tls_key_t *key)
{
	return mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA);
}

bool tls_key_was_used(const tls_key_t *key)
{
	return key->used;
}

const char *tls_key_failure(const tls_key_t *key)
{
	return key->failed ? key->message : NULL;
}
