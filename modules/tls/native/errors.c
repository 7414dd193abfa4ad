/* SPDX-License-Identifier: MIT */
#include "errors.h"

#include "compat.h"

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* By cause. What is not here is about what the server has sent: see tls_reason_of_error(). */
static const struct {
	int error;
	tls_reason reason;
} errors[] = {
	{ MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, TLS_REASON_PEER_CLOSED },
	{ MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, TLS_REASON_PROTOCOL_VERSION },

	/* the server's certificates */
	{ MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, TLS_REASON_BAD_CERTIFICATE },
	{ MBEDTLS_ERR_SSL_BAD_CERTIFICATE, TLS_REASON_MALFORMED_CERTIFICATE },
	{ MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG,
		TLS_REASON_UNSUPPORTED_CERTIFICATE }, /* an unknown extension that is critical */
	{ MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE, TLS_REASON_UNSUPPORTED_CERTIFICATE },
	{ MBEDTLS_ERR_X509_UNKNOWN_VERSION, TLS_REASON_UNSUPPORTED_CERTIFICATE },
	{ MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG, TLS_REASON_UNSUPPORTED_CERTIFICATE },
	{ MBEDTLS_ERR_PK_UNKNOWN_PK_ALG, TLS_REASON_UNSUPPORTED_CERTIFICATE },
	{ MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE, TLS_REASON_UNSUPPORTED_CERTIFICATE },

	/* records and messages that are not TLS */
	{ MBEDTLS_ERR_SSL_INVALID_MAC, TLS_REASON_BAD_RECORD },
	{ MBEDTLS_ERR_SSL_INVALID_RECORD, TLS_REASON_BAD_RECORD },
	{ MBEDTLS_ERR_SSL_BAD_INPUT_DATA, TLS_REASON_BAD_RECORD }, /* 2.28: a record longer than its buffer */
	{ MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, TLS_REASON_UNEXPECTED_MESSAGE },

	/* what the library, or its build, cannot do */
	{ MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL, TLS_REASON_LIMIT },
	{ MBEDTLS_ERR_SSL_ALLOC_FAILED, TLS_REASON_MEMORY },
	{ MBEDTLS_ERR_X509_ALLOC_FAILED, TLS_REASON_MEMORY },
	{ MBEDTLS_ERR_SSL_INTERNAL_ERROR, TLS_REASON_INTERNAL },
#ifdef MBEDTLS_ERR_SSL_DECODE_ERROR
	{ MBEDTLS_ERR_SSL_DECODE_ERROR, TLS_REASON_NEGOTIATION },
	{ MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, TLS_REASON_NEGOTIATION },
#endif
};

static tls_reason find_reason(int error)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].error == error)
			return errors[i].reason;
	return TLS_REASON_NONE;
}

/* Mbed TLS adds a low-level code (7 bits) to the module's own, but not to those that 4.x has in common with PSA. */
static int module_error(int error)
{
	return -(-error & ~0x7F);
}

/* How the modules below TLS say that there is no memory: ASN.1, bignum, PK, ECP, MD, cipher. */
static bool is_memory_error(int error)
{
	int low = -error & 0x7F;
	int module = -error & ~0x7F;
	return low == 0x6A || low == 0x10 || module == 0x3F80 || module == 0x4D80 || module == 0x5180 || module == 0x6180;
}

/* The random source, hardware acceleration and the platform: ENTROPY, CTR_DRBG, PLATFORM, and what PSA calls them. */
static bool is_machine_error(int error)
{
	static const int codes[] = { -0x34, -0x36, -0x38, -0x3A, -0x3C, -0x3D, -0x3F, -0x40, -0x6E, -0x70, -0x72, -132,
		-145, -146, -147, -148, -151 };
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i] == error)
			return true;
	return false;
}

tls_reason tls_reason_of_error(int error, tls_step step)
{
	tls_reason reason = find_reason(error);
	if (reason == TLS_REASON_NONE)
		reason = find_reason(module_error(error));
	if (reason != TLS_REASON_NONE)
		return reason;
	if (is_memory_error(error))
		return TLS_REASON_MEMORY;
	if (step != TLS_STEP_HANDSHAKE || is_machine_error(error))
		return TLS_REASON_INTERNAL;
	bool is_x509 = -error >= 0x2000 && -error < 0x3000;
	return is_x509 ? TLS_REASON_MALFORMED_CERTIFICATE : TLS_REASON_NEGOTIATION;
}

tls_reason tls_reason_of_certificate_error(int error)
{
	tls_reason reason = tls_reason_of_error(error, TLS_STEP_HANDSHAKE);
	bool is_asn1 = error <= MBEDTLS_ERR_ASN1_OUT_OF_DATA && error >= MBEDTLS_ERR_ASN1_BUF_TOO_SMALL;
	if (reason != TLS_REASON_NEGOTIATION || !is_asn1)
		return reason;
	return error == MBEDTLS_ERR_ASN1_UNEXPECTED_TAG ? TLS_REASON_UNSUPPORTED_CERTIFICATE
													: TLS_REASON_MALFORMED_CERTIFICATE;
}

uint8_t tls_alert_of_reason(tls_reason reason)
{
	switch (reason) {
	case TLS_REASON_UNEXPECTED_MESSAGE:
		return MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE;
	case TLS_REASON_BAD_RECORD:
		return MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR;
	case TLS_REASON_NEGOTIATION:
		return MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER;
	case TLS_REASON_PROTOCOL_VERSION:
		return MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION;
	case TLS_REASON_BAD_CERTIFICATE:
	case TLS_REASON_MALFORMED_CERTIFICATE:
		return MBEDTLS_SSL_ALERT_MSG_BAD_CERT;
	case TLS_REASON_UNSUPPORTED_CERTIFICATE:
		return MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT;
	case TLS_REASON_LIMIT:
		return MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE;
	default:
		return MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
	}
}

/* 4.x shares codes above -0x100 with PSA, which writes them in decimal. No words from mbedtls_strerror(): ESP-IDF can
 * leave it out. */
void tls_describe_error(int error, char *text, size_t size)
{
	if (error > -0x100)
		snprintf(text, size, "Mbed TLS -0x%04X (%d)", (unsigned)-error, error);
	else
		snprintf(text, size, "Mbed TLS -0x%04X", (unsigned)-error);
}
