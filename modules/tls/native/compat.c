/* SPDX-License-Identifier: MIT */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "compat.h"

#include "schemes.h"

#include <string.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/sha256.h>
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#if MBEDTLS_VERSION_NUMBER < 0x03000000

static void configure_groups(mbedtls_ssl_config *config)
{
	static const mbedtls_ecp_group_id groups[] = { MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
		MBEDTLS_ECP_DP_NONE };
	mbedtls_ssl_conf_curves(config, groups);
}

static void configure_versions(mbedtls_ssl_config *config, tls_version minimum, tls_version maximum)
{
	mbedtls_ssl_conf_min_version(config, minimum >> 8, minimum & 0xFF);
	mbedtls_ssl_conf_max_version(config, maximum >> 8, maximum & 0xFF);
}

tls_version tls_compat_newest(void)
{
	return TLS_1_2;
}

tls_version tls_compat_version(const mbedtls_ssl_context *ssl)
{
	(void)ssl;
	return TLS_1_2;
}

#else

static void configure_groups(mbedtls_ssl_config *config)
{
	static const uint16_t groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, 0 };
	mbedtls_ssl_conf_groups(config, groups);
}

static void configure_versions(mbedtls_ssl_config *config, tls_version minimum, tls_version maximum)
{
	mbedtls_ssl_conf_min_tls_version(config, (mbedtls_ssl_protocol_version)minimum);
	mbedtls_ssl_conf_max_tls_version(config, (mbedtls_ssl_protocol_version)maximum);
}

tls_version tls_compat_newest(void)
{
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
	return TLS_1_3;
#else
	return TLS_1_2;
#endif
}

tls_version tls_compat_version(const mbedtls_ssl_context *ssl)
{
	return mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3 ? TLS_1_3 : TLS_1_2;
}

#endif

#if MBEDTLS_VERSION_NUMBER < 0x04000000

int tls_compat_open_random(tls_random_t *random)
{
	mbedtls_entropy_init(&random->entropy);
	mbedtls_ctr_drbg_init(&random->generator);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_PSA_CRYPTO_C)
	if (psa_crypto_init() != PSA_SUCCESS)
		return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
#endif
	return mbedtls_ctr_drbg_seed(&random->generator, mbedtls_entropy_func, &random->entropy, NULL, 0);
}

void tls_compat_close_random(tls_random_t *random)
{
	mbedtls_ctr_drbg_free(&random->generator);
	mbedtls_entropy_free(&random->entropy);
}

static void configure_random(mbedtls_ssl_config *config, tls_random_t *random)
{
	mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &random->generator);
}

void tls_compat_sha256(const uint8_t *data, size_t size, uint8_t hash[32])
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
	int error = mbedtls_sha256_ret(data, size, hash, 0);
#else
	int error = mbedtls_sha256(data, size, hash, 0);
#endif
	if (error)
		memset(hash, 0, 32);
}

#else

int tls_compat_open_random(tls_random_t *random)
{
	(void)random;
	return psa_crypto_init() == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

void tls_compat_close_random(tls_random_t *random)
{
	(void)random;
}

static void configure_random(mbedtls_ssl_config *config, tls_random_t *random)
{
	(void)config;
	(void)random;
}

void tls_compat_sha256(const uint8_t *data, size_t size, uint8_t hash[32])
{
	size_t length;
	if (psa_hash_compute(PSA_ALG_SHA_256, data, size, hash, 32, &length) != PSA_SUCCESS)
		memset(hash, 0, 32);
}

#endif

/* What a server's chain may be made of. The libraries' own profiles take Brainpool's curves besides. */
static const mbedtls_x509_crt_profile profile = {
	.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	.allowed_pks = UINT32_MAX >> 4, /* all that the library can verify */
	.allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
	.rsa_min_bitlen = 2048,
};

void tls_compat_configure(mbedtls_ssl_config *config, tls_random_t *random, tls_version minimum, tls_version maximum)
{
	configure_random(config, random);
	configure_versions(config, minimum, maximum);
	configure_groups(config);
	tls_schemes_offer(config, maximum);
	mbedtls_ssl_conf_cert_profile(config, &profile);
#ifdef MBEDTLS_SSL_SESSION_TICKETS
	mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
}

tls_version tls_compat_maximum(const mbedtls_ssl_context *ssl)
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
	(void)ssl;
	return TLS_1_2;
#else
	return (tls_version)ssl->conf->max_tls_version;
#endif
}

uint8_t tls_compat_alert(const mbedtls_ssl_context *ssl)
{
	return ssl->in_msg[1];
}

size_t tls_compat_message_size(const mbedtls_ssl_context *ssl)
{
	return ssl->in_hslen;
}

bool tls_compat_is_at_certificate(const mbedtls_ssl_context *ssl)
{
	return ssl->state == MBEDTLS_SSL_SERVER_CERTIFICATE;
}

bool tls_compat_is_ticket(int error)
{
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
	return error == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
	(void)error;
	return false;
#endif
}

bool tls_compat_is_processing(const mbedtls_ssl_context *ssl)
{
	return ssl->state != MBEDTLS_SSL_HANDSHAKE_OVER;
}
