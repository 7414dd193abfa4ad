/* SPDX-License-Identifier: MIT */
/*
 * `mbedtls_pk_info_t` of Mbed TLS 3.6, for systems whose development package has only the public headers (Debian 13).
 * The layout is that of library/pk_wrap.h, the same in 3.6.0 to 3.6.6, and part of what the long-term branch keeps.
 */
#ifndef TLS_PK_INFO_3_6_H
#define TLS_PK_INFO_3_6_H

#include <mbedtls/pk.h>

typedef int tls_random_function_t(void *, unsigned char *, size_t);

struct mbedtls_pk_info_t {
	mbedtls_pk_type_t type;
	const char *name;
	size_t (*get_bitlen)(mbedtls_pk_context *);
	int (*can_do)(mbedtls_pk_type_t);
	int (*verify_func)(
		mbedtls_pk_context *, mbedtls_md_type_t, const unsigned char *, size_t, const unsigned char *, size_t);
	int (*sign_func)(mbedtls_pk_context *, mbedtls_md_type_t, const unsigned char *, size_t, unsigned char *, size_t,
		size_t *, tls_random_function_t *, void *);
#if defined(MBEDTLS_ECDSA_C) && defined(MBEDTLS_ECP_RESTARTABLE)
	int (*verify_rs_func)(
		mbedtls_pk_context *, mbedtls_md_type_t, const unsigned char *, size_t, const unsigned char *, size_t, void *);
	int (*sign_rs_func)(mbedtls_pk_context *, mbedtls_md_type_t, const unsigned char *, size_t, unsigned char *, size_t,
		size_t *, tls_random_function_t *, void *, void *);
#endif
	int (*decrypt_func)(mbedtls_pk_context *, const unsigned char *, size_t, unsigned char *, size_t *, size_t,
		tls_random_function_t *, void *);
	int (*encrypt_func)(mbedtls_pk_context *, const unsigned char *, size_t, unsigned char *, size_t *, size_t,
		tls_random_function_t *, void *);
	int (*check_pair_func)(mbedtls_pk_context *, mbedtls_pk_context *, tls_random_function_t *, void *);
	void *(*ctx_alloc_func)(void);
	void (*ctx_free_func)(void *);
#if defined(MBEDTLS_ECDSA_C) && defined(MBEDTLS_ECP_RESTARTABLE)
	void *(*rs_alloc_func)(void);
	void (*rs_free_func)(void *);
#endif
	void (*debug_func)(mbedtls_pk_context *, mbedtls_pk_debug_item *);
};

#endif
