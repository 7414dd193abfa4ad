/* SPDX-License-Identifier: MIT */
/*
 * What SCP03 needs of ESP-IDF's Mbed TLS: a build that switches it off stops here with the name of the option instead
 * of at the link or at run time.
 */
#include <mbedtls/build_info.h>

#if !defined PSA_WANT_KEY_TYPE_AES || !defined PSA_WANT_ALG_CBC_NO_PADDING || !defined PSA_WANT_ALG_CMAC
#error "SCP03 needs CONFIG_MBEDTLS_AES_C, CONFIG_MBEDTLS_CIPHER_MODE_CBC and CONFIG_MBEDTLS_CMAC_C"
#endif
