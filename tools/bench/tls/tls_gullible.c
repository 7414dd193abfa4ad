/* SPDX-License-Identifier: MIT */
/*
 * Linked with --wrap, a client to which every signature is right, and every Finished: an attack with a wrong one must
 * succeed against it, or its test proves nothing. The arguments are of no interest, and differ between versions.
 */
int __wrap_mbedtls_pk_verify(void);
int __wrap_mbedtls_pk_verify_ext(void);
int __wrap_mbedtls_pk_verify_new(void);
int __wrap_mbedtls_pk_verify_restartable(void);
int __wrap_mbedtls_ct_memcmp(void);

int __wrap_mbedtls_pk_verify(void)
{
	return 0;
}

int __wrap_mbedtls_pk_verify_ext(void)
{
	return 0;
}

int __wrap_mbedtls_pk_verify_new(void)
{
	return 0;
}

int __wrap_mbedtls_pk_verify_restartable(void)
{
	return 0;
}

int __wrap_mbedtls_ct_memcmp(void)
{
	return 0;
}
