/* SPDX-License-Identifier: MIT */
/*
 * What the TLS engine needs of ESP-IDF's Mbed TLS: a build that lost esp32/sdkconfig, or that switches off more, stops
 * here with the name of the option instead of at the link or at run time.
 */
#include "sdkconfig.h"

#include <mbedtls/build_info.h>

#if !defined MBEDTLS_HAVE_TIME_DATE
#error                                                                                                                 \
	"CONFIG_MBEDTLS_HAVE_TIME_DATE is not set: Mbed TLS would accept expired certificates. Build with the options of esp32/sdkconfig"
#endif

#if !defined MBEDTLS_SSL_CLI_C || !defined MBEDTLS_SSL_PROTO_TLS1_2 || !defined MBEDTLS_SSL_PROTO_TLS1_3 ||            \
	!defined MBEDTLS_X509_CRT_PARSE_C
#error                                                                                                                 \
	"The TLS engine is a client of TLS 1.2 and 1.3: set CONFIG_MBEDTLS_TLS_CLIENT_ONLY, CONFIG_MBEDTLS_SSL_PROTO_TLS1_2, CONFIG_MBEDTLS_SSL_PROTO_TLS1_3 and CONFIG_MBEDTLS_X509_CRT_PARSE_C"
#endif

#if !defined MBEDTLS_SSL_SERVER_NAME_INDICATION || !defined MBEDTLS_SSL_ALPN
#error                                                                                                                 \
	"AWS IoT needs the server name, and ALPN on port 443: set CONFIG_MBEDTLS_SSL_SERVER_NAME_INDICATION and CONFIG_MBEDTLS_SSL_ALPN"
#endif

#if !defined MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED || !defined MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED ||            \
	!defined PSA_WANT_ALG_GCM
#error                                                                                                                 \
	"AWS IoT's cipher suites need CONFIG_MBEDTLS_KEY_EXCHANGE_ECDHE_RSA, CONFIG_MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA and CONFIG_MBEDTLS_GCM_C"
#endif

#if !defined PSA_WANT_ECC_SECP_R1_256 || !defined PSA_WANT_ECC_SECP_R1_384
#error                                                                                                                 \
	"AWS IoT's chains and the chip's key need CONFIG_MBEDTLS_ECP_DP_SECP256R1_ENABLED and CONFIG_MBEDTLS_ECP_DP_SECP384R1_ENABLED"
#endif

#if !defined PSA_WANT_ALG_SHA_256 || !defined PSA_WANT_ALG_SHA_384 || !defined PSA_WANT_ALG_SHA_512
#error "Certificates and signatures need CONFIG_MBEDTLS_SHA256_C, CONFIG_MBEDTLS_SHA384_C and CONFIG_MBEDTLS_SHA512_C"
#endif

#if !defined PSA_WANT_ALG_RSA_PKCS1V15_SIGN || !defined PSA_WANT_ALG_RSA_PSS || !defined MBEDTLS_X509_RSASSA_PSS_SUPPORT
#error                                                                                                                 \
	"RSA servers need CONFIG_MBEDTLS_RSA_C, CONFIG_MBEDTLS_PKCS1_V15, CONFIG_MBEDTLS_PKCS1_V21 and CONFIG_MBEDTLS_X509_RSASSA_PSS_SUPPORT"
#endif

_Static_assert(
	CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN >= 16384, "CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN: AWS IoT sends records of 16 KB");

_Static_assert(CONFIG_MBEDTLS_SSL_OUT_CONTENT_LEN >= 4096,
	"CONFIG_MBEDTLS_SSL_OUT_CONTENT_LEN: a certificate with its chain has up to 3,900 bytes (app/identity.ts)");
