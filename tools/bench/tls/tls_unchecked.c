/* SPDX-License-Identifier: MIT */
/*
 * In place of modules/tls/native/schemes.c, a client that does not check: it offers the schemes that ours must not, and
 * objects to none. An attack with a forbidden scheme must succeed against it, or its test proves nothing.
 */
#include "schemes.h"

#if MBEDTLS_VERSION_NUMBER < 0x03000000

void tls_schemes_offer(mbedtls_ssl_config *config, tls_version maximum)
{
	static const int hashes[] = { MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512, MBEDTLS_MD_SHA224,
		MBEDTLS_MD_SHA1, MBEDTLS_MD_MD5, MBEDTLS_MD_NONE };
	(void)maximum;
	mbedtls_ssl_conf_sig_hashes(config, hashes);
}

#else

void tls_schemes_offer(mbedtls_ssl_config *config, tls_version maximum)
{
	static const uint16_t all[] = { 0x0403, 0x0503, 0x0603, 0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806, 0x0203,
		0x0201, 0x0303, 0x0301, 0x0103, 0x0101, 0 };
	(void)maximum;
	mbedtls_ssl_conf_sig_algs(config, all);
}

#endif

bool tls_schemes_check(const tls_message_t *message, tls_verifier_t *verifier)
{
	(void)message;
	(void)verifier;
	return true;
}

bool tls_schemes_check_request(const tls_message_t *message, tls_signer signer, tls_verifier_t *verifier)
{
	(void)message;
	(void)signer;
	(void)verifier;
	return true;
}
