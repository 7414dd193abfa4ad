/* SPDX-License-Identifier: MIT */
/*
 * Certificates for certificate.ts, by Mbed TLS 2.28, 3.6 or 4.x. Nothing of XS runs while pointers into its heap are
 * held.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
#include <psa/crypto.h>
#endif
#include <stdio.h>

enum { NAME_MAX_LENGTH = 200, TEXT_MAX = 2 * NAME_MAX_LENGTH + 100 };

static int parse(mbedtls_x509_crt *certificate, const void *der, size_t size)
{
	mbedtls_x509_crt_init(certificate);
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
	if (psa_crypto_init() != PSA_SUCCESS)
		return MBEDTLS_ERR_X509_FATAL_ERROR;
#endif
	return mbedtls_x509_crt_parse_der(certificate, der, size);
}

/* Cuts what does not fit. */
static void name(char *text, size_t size, const mbedtls_x509_name *names)
{
	if (mbedtls_x509_dn_gets(text, size, names) < 0)
		snprintf(text, size, "a name of more than %u characters", (unsigned)size);
}

static const char *key_type(const mbedtls_pk_context *key)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
	return mbedtls_pk_can_do_psa(key, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH), PSA_KEY_USAGE_VERIFY_HASH) ? "RSA"
																											  : "EC";
#else
	return mbedtls_pk_get_name(key);
#endif
}

static void describe(char *text, size_t size, const mbedtls_x509_crt *certificate)
{
	char subject[NAME_MAX_LENGTH], issuer[NAME_MAX_LENGTH];
	const mbedtls_x509_time *from = &certificate->valid_from, *to = &certificate->valid_to;
	name(subject, sizeof subject, &certificate->subject);
	name(issuer, sizeof issuer, &certificate->issuer);
	snprintf(text, size, "%s\n%s\n%s %u bits\n%04d-%02d-%02d\n%04d-%02d-%02d", subject, issuer,
		key_type(&certificate->pk), (unsigned)mbedtls_pk_get_bitlen(&certificate->pk), from->year, from->mon, from->day,
		to->year, to->mon, to->day);
}

/* (DER in a byte buffer): lines of subject, issuer, key, first and last day; or Mbed TLS' error. */
void xs_selftest_describe(xsMachine *the)
{
	mbedtls_x509_crt certificate;
	char text[TEXT_MAX];
	void *der;
	xsUnsignedValue size;
	xsmcGetBufferReadable(xsArg(0), &der, &size);
	int error = parse(&certificate, der, size);
	if (error == 0)
		describe(text, sizeof text, &certificate);
	mbedtls_x509_crt_free(&certificate);
	if (error == 0)
		xsmcSetString(xsResult, text);
	else
		xsmcSetInteger(xsResult, error);
}

/* (DER, SHA-256 digest, signature in DER, as byte buffers): 0, or Mbed TLS' error. */
void xs_selftest_verify(xsMachine *the)
{
	mbedtls_x509_crt certificate;
	void *der, *digest, *signature;
	xsUnsignedValue size, digest_size, signature_size;
	xsmcGetBufferReadable(xsArg(0), &der, &size);
	xsmcGetBufferReadable(xsArg(1), &digest, &digest_size);
	xsmcGetBufferReadable(xsArg(2), &signature, &signature_size);
	int error = parse(&certificate, der, size);
	if (error == 0)
		error = mbedtls_pk_verify(&certificate.pk, MBEDTLS_MD_SHA256, digest, digest_size, signature, signature_size);
	mbedtls_x509_crt_free(&certificate);
	xsmcSetInteger(xsResult, error);
}
