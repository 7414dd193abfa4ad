/* SPDX-License-Identifier: MIT */
#include "suites.h"

#include <stddef.h>

#define TLS_SUITES(suite)                                                                                              \
	suite(0x1301, "TLS_AES_128_GCM_SHA256") suite(0x1302, "TLS_AES_256_GCM_SHA384")                                    \
		suite(0x1303, "TLS_CHACHA20_POLY1305_SHA256") suite(0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")         \
			suite(0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")                                                     \
				suite(0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")                                               \
					suite(0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")                                             \
						suite(0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")                                       \
							suite(0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")                                     \
								suite(0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384")                               \
									suite(0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384")                             \
										suite(0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA")                          \
											suite(0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")

#define SUITE_ID(id, name) id,
#define SUITE_NAME(id, name) name,

const int tls_suites[] = { TLS_SUITES(SUITE_ID) 0 };
static const char *const names[] = { TLS_SUITES(SUITE_NAME) };

const char *tls_suite_name(int id)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (tls_suites[i] == id)
			return names[i];
	return "unknown";
}
