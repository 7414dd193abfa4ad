/* SPDX-License-Identifier: MIT */
#include "errors.h"

#include "compat.h"

#include <mbedtls/x509_crt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

static const struct {
	int error;
	tls_reason reason;
} errors[] = {
	{ MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, TLS_REASON_PEER_CLOSED },
	{ MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, TLS_REASON_BAD_CERTIFICATE },
	{ MBEDTLS_ERR_SSL_BAD_CERTIFICATE, TLS_REASON_BAD_CERTIFICATE },
	{ MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, TLS_REASON_PROTOCOL_VERSION },
	{ MBEDTLS_ERR_SSL_INVALID_MAC, TLS_REASON_BAD_RECORD },
	{ MBEDTLS_ERR_SSL_INVALID_RECORD, TLS_REASON_BAD_RECORD },
	{ MBEDTLS_ERR_SSL_BAD_INPUT_DATA, TLS_REASON_BAD_RECORD }, /* 2.28: a record longer than its buffer */
	{ MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, TLS_REASON_UNEXPECTED_MESSAGE },
	{ MBEDTLS_ERR_SSL_ALLOC_FAILED, TLS_REASON_MEMORY },
	{ MBEDTLS_ERR_X509_ALLOC_FAILED, TLS_REASON_MEMORY },
	{ MBEDTLS_ERR_SSL_INTERNAL_ERROR, TLS_REASON_INTERNAL },
#ifdef MBEDTLS_ERR_SSL_DECODE_ERROR
	{ MBEDTLS_ERR_SSL_DECODE_ERROR, TLS_REASON_NEGOTIATION },
	{ MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, TLS_REASON_NEGOTIATION },
#endif
};

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

tls_reason tls_reason_of_error(int error, tls_step step)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].error == error || errors[i].error == module_error(error))
			return errors[i].reason;
	if (is_memory_error(error))
		return TLS_REASON_MEMORY;
	if (step != TLS_STEP_HANDSHAKE)
		return TLS_REASON_INTERNAL;
	bool is_x509 = -error >= 0x2000 && -error < 0x3000;
	return is_x509 ? TLS_REASON_BAD_CERTIFICATE : TLS_REASON_NEGOTIATION;
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
		return MBEDTLS_SSL_ALERT_MSG_BAD_CERT;
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
