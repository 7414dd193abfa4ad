/* SPDX-License-Identifier: MIT */
#include "suites.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
#define TLS_SUITES(suite) \
	suite(0x1301, TLS_SIGNER_ANY, "TLS_AES_128_GCM_SHA256") \
	suite(0x1302, TLS_SIGNER_ANY, "TLS_AES_256_GCM_SHA384") \
	suite(0x1303, TLS_SIGNER_ANY, "TLS_CHACHA20_POLY1305_SHA256") \
	suite(0xC02B, TLS_SIGNER_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256") \
	suite(0xC02F, TLS_SIGNER_RSA, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") \
	suite(0xC02C, TLS_SIGNER_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384") \
	suite(0xC030, TLS_SIGNER_RSA, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384") \
	suite(0xC023, TLS_SIGNER_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256") \
	suite(0xC027, TLS_SIGNER_RSA, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256") \
	suite(0xC024, TLS_SIGNER_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384") \
	suite(0xC028, TLS_SIGNER_RSA, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384")
/* clang-format on */

#define SUITE_ID(id, signer, name) id,
#define SUITE_FIELDS(id, signer, name) { signer, name },

const int tls_suites[] = { TLS_SUITES(SUITE_ID) 0 };

static const struct {
	tls_signer signer;
	const char *name;
} fields[] = { TLS_SUITES(SUITE_FIELDS){ TLS_SIGNER_ANY, "unknown" } };

static size_t index_of(int id)
{
	size_t i = 0;
	while (tls_suites[i] != 0 && tls_suites[i] != id)
		i++;
	return i;
}

const char *tls_suite_name(int id)
{
	return fields[index_of(id)].name;
}

tls_signer tls_suite_signer(int id)
{
	return fields[index_of(id)].signer;
}

bool tls_suite_has_sha384(int id)
{
	return strstr(tls_suite_name(id), "SHA384") != NULL;
}
