/* SPDX-License-Identifier: MIT */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "compat.h"

#include <string.h>

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/sha256.h>
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

/* AWS IoT: curves P-256 and P-384; ECDSA, RSA-PSS and RSA PKCS#1 with SHA-2. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000

static const mbedtls_ecp_group_id groups[] = { MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
	MBEDTLS_ECP_DP_NONE };
static const int hashes[] = { MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512, MBEDTLS_MD_NONE };

static void configure_algorithms(mbedtls_ssl_config *config, tls_version maximum)
{
	(void)maximum;
	mbedtls_ssl_conf_curves(config, groups);
	mbedtls_ssl_conf_sig_hashes(config, hashes);
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

static const uint16_t groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, 0 };
/* SignatureScheme, RFC 8446 section 4.2.3. TLS 1.3 takes PKCS#1 in certificates only, and needs PSS with an RSA server.
 */
#define PKCS1_ALGORITHMS                                                                                               \
	0x0403 /* ecdsa_secp256r1_sha256 */, 0x0503 /* ecdsa_secp384r1_sha384 */, 0x0401 /* rsa_pkcs1_sha256 */,           \
		0x0501 /* rsa_pkcs1_sha384 */, 0x0601 /* rsa_pkcs1_sha512 */
#define PSS_ALGORITHMS                                                                                                 \
	0x0804 /* rsa_pss_rsae_sha256 */, 0x0805 /* rsa_pss_rsae_sha384 */, 0x0806 /* rsa_pss_rsae_sha512 */

/*
 * Mbed TLS 3.6.6 offers PSS for 1.3 but does not take it from a server that settles for 1.2. Such a server may follow
 * the order given here; one that prefers PSS for itself needs maximum = TLS_1_2.
 */
static const uint16_t algorithms[] = { PKCS1_ALGORITHMS, PSS_ALGORITHMS, 0 };
static const uint16_t algorithms12[] = { PKCS1_ALGORITHMS, 0 };

static void configure_algorithms(mbedtls_ssl_config *config, tls_version maximum)
{
	mbedtls_ssl_conf_groups(config, groups);
	mbedtls_ssl_conf_sig_algs(config, maximum == TLS_1_2 ? algorithms12 : algorithms);
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

static const mbedtls_x509_crt_profile *const profile = &mbedtls_x509_crt_profile_next;

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

static const mbedtls_x509_crt_profile *const profile = &mbedtls_x509_crt_profile_default;

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

void tls_compat_configure(mbedtls_ssl_config *config, tls_random_t *random, tls_version minimum, tls_version maximum)
{
	configure_random(config, random);
	configure_versions(config, minimum, maximum);
	configure_algorithms(config, maximum);
	mbedtls_ssl_conf_cert_profile(config, profile);
#ifdef MBEDTLS_SSL_SESSION_TICKETS
	mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
}

uint8_t tls_compat_alert(const mbedtls_ssl_context *ssl)
{
	return ssl->in_msg[1];
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
