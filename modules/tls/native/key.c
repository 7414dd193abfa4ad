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

struct TLSKey {
	mbedtls_pk_context pk;      /* first: the signing function finds the key by it */
	mbedtls_pk_info_t info;
	const mbedtls_pk_context *publicKey;
	TLSSign sign;
	void *context;
	bool used;
	bool failed;
	char message[sizeof((TLSSignature *)0)->message];
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

static int fail(TLSKey *key, const char *message)
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

static int ask(TLSKey *key, const char *scheme, mbedtls_md_type_t type, const unsigned char *digest, size_t digestSize,
	unsigned char *signature, size_t capacity, size_t *size)
{
	TLSSignature request = {
		.hash = hash_name(type), .scheme = scheme, .digest = digest, .digestSize = digestSize, .signature = signature,
		.capacity = capacity,
	};
	bool isRSA = tls_key_is_rsa(key);
	key->used = true;
	if (key->failed)    /* TLS 1.3 tries again with the next signature algorithm */
		return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
	if (!request.hash)
		return fail(key, "asked for a hash that it does not know");
	if (!key->sign(key->context, &request))
		return fail(key, request.message);
	if (request.size == 0 || request.size > capacity)
		return fail(key, "the signature is empty or too long");
	if (!isRSA && !is_der_sequence(signature, request.size))
		return fail(key, "the signature is not a DER ECDSA-Sig-Value");
	if (isRSA && request.size != (mbedtls_pk_get_bitlen(key->publicKey) + 7) / 8)
		return fail(key, "the signature is not as long as the RSA modulus");
	*size = request.size;
	return 0;
}

/* What Mbed TLS comes for. */
static int sign(TLSKey *key, mbedtls_md_type_t type, const unsigned char *digest, size_t digestSize,
	unsigned char *signature, size_t capacity, size_t *size)
{
	return ask(key, tls_key_is_rsa(key) ? "RSASSA-PKCS1-v1_5" : "ECDSA", type, digest, digestSize, signature, capacity, size);
}

int tls_key_sign_pss(TLSKey *key, mbedtls_md_type_t type, const uint8_t *digest, size_t digestSize, uint8_t *signature,
	size_t capacity, size_t *size)
{
	return ask(key, "RSASSA-PSS", type, digest, digestSize, signature, capacity, size);
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000

/* 2.28 hands the functions the key's own structure, here a TLSKey, not the mbedtls_pk_context. */
static int sign_func(void *key, mbedtls_md_type_t type, const unsigned char *digest, size_t digestSize,
	unsigned char *signature, size_t *size, int (*random)(void *, unsigned char *, size_t), void *randomContext)
{
	(void)random;
	(void)randomContext;
	return sign(key, type, digest, digestSize, signature, MBEDTLS_PK_SIGNATURE_MAX_SIZE, size);
}

static size_t get_bitlen(const void *key)
{
	return mbedtls_pk_get_bitlen(((const TLSKey *)key)->publicKey);
}

static void adapt(TLSKey *key)
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

static int sign_func(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *digest, size_t digestSize,
	unsigned char *signature, size_t capacity, size_t *size, int (*random)(void *, unsigned char *, size_t), void *randomContext)
{
	(void)random;
	(void)randomContext;
	return sign((TLSKey *)pk, type, digest, digestSize, signature, capacity, size);
}

static void adapt(TLSKey *key)
{
	(void)key;
}

#else

static int sign_func(mbedtls_pk_context *pk, mbedtls_md_type_t type, const unsigned char *digest, size_t digestSize,
	unsigned char *signature, size_t capacity, size_t *size)
{
	return sign((TLSKey *)pk, type, digest, digestSize, signature, capacity, size);
}

static void adapt(TLSKey *key)
{
	(void)key;
}

#endif

TLSKey *tls_key_open(const mbedtls_pk_context *publicKey, TLSSign function, void *context)
{
	if (!publicKey->pk_info)
		return NULL;
	TLSKey *key = calloc(1, sizeof *key);
	if (!key)
		return NULL;
	key->pk = *publicKey;
	key->info = *publicKey->pk_info;
	key->info.sign_func = sign_func;
#if defined(MBEDTLS_ECP_RESTARTABLE) && (defined(MBEDTLS_ECDSA_C) || MBEDTLS_VERSION_NUMBER >= 0x04000000)
	key->info.sign_rs_func = NULL;
#endif
	key->pk.pk_info = &key->info;
	key->publicKey = publicKey;
	key->sign = function;
	key->context = context;
	adapt(key);
	return key;
}

void tls_key_close(TLSKey *key)
{
	free(key);
}

mbedtls_pk_context *tls_key_context(TLSKey *key)
{
	return &key->pk;
}

bool tls_key_is_rsa(const TLSKey *key)
{
	return mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA);
}

bool tls_key_was_used(const TLSKey *key)
{
	return key->used;
}

const char *tls_key_failure(const TLSKey *key)
{
	return key->failed ? key->message : NULL;
}
