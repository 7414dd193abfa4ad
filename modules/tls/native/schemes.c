/* SPDX-License-Identifier: MIT */
#include "schemes.h"

#include "suites.h"

#include <stdio.h>

enum { SERVER_KEY_EXCHANGE = 12, CERTIFICATE_REQUEST = 13, CERTIFICATE_VERIFY = 15, HANDSHAKE_HEADER = 4 };

/* SignatureScheme, RFC 8446 section 4.2.3. */
enum {
	ECDSA_P256_SHA256 = 0x0403,
	ECDSA_P384_SHA384 = 0x0503,
	ECDSA_SHA512 = 0x0603,
	PKCS1_SHA256 = 0x0401,
	PKCS1_SHA384 = 0x0501,
	PKCS1_SHA512 = 0x0601,
	PSS_SHA256 = 0x0804,
	PSS_SHA384 = 0x0805,
	PSS_SHA512 = 0x0806,
};

#if MBEDTLS_VERSION_NUMBER < 0x03000000

/* 2.28 offers every pair of these hashes with ECDSA and RSA. */
static const uint16_t schemes12[] = { ECDSA_P256_SHA256, ECDSA_P384_SHA384, ECDSA_SHA512, PKCS1_SHA256, PKCS1_SHA384,
	PKCS1_SHA512, 0 };

static const uint16_t *offered(tls_version maximum)
{
	(void)maximum;
	return schemes12;
}

void tls_schemes_offer(mbedtls_ssl_config *config, tls_version maximum)
{
	static const int hashes[] = { MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512, MBEDTLS_MD_NONE };
	(void)maximum;
	mbedtls_ssl_conf_sig_hashes(config, hashes);
}

#else

/* TLS 1.3 takes PKCS#1 in certificates only, and needs PSS with an RSA server. */
#define SCHEMES_12 ECDSA_P256_SHA256, ECDSA_P384_SHA384, PKCS1_SHA256, PKCS1_SHA384, PKCS1_SHA512

/*
 * Mbed TLS 3.6.6 offers PSS for 1.3 but does not take it from a server that settles for 1.2. Such a server may follow
 * the order given here; one that prefers PSS for itself needs maximum = TLS_1_2.
 */
static const uint16_t schemes13[] = { SCHEMES_12, PSS_SHA256, PSS_SHA384, PSS_SHA512, 0 };
static const uint16_t schemes12[] = { SCHEMES_12, 0 };

static const uint16_t *offered(tls_version maximum)
{
	return maximum == TLS_1_2 ? schemes12 : schemes13;
}

void tls_schemes_offer(mbedtls_ssl_config *config, tls_version maximum)
{
	mbedtls_ssl_conf_sig_algs(config, offered(maximum));
}

#endif

static bool is_offered(uint16_t scheme, tls_version maximum)
{
	const uint16_t *each = offered(maximum);
	while (*each && *each != scheme)
		each++;
	return *each;
}

static bool is_pss(uint16_t scheme)
{
	return scheme == PSS_SHA256 || scheme == PSS_SHA384 || scheme == PSS_SHA512;
}

/* Of an offered scheme. */
static tls_signer signer_of(uint16_t scheme)
{
	return is_pss(scheme) || (scheme & 0xFF) == 1 ? TLS_SIGNER_RSA : TLS_SIGNER_ECDSA;
}

/* RFC 8446 section 4.2.3: a scheme of ECDSA names its curve, and PKCS#1 v1.5 signs no handshake. */
static bool fits_key_13(uint16_t scheme, const tls_verifier_t *verifier)
{
	if (verifier->server_signer == TLS_SIGNER_RSA)
		return is_pss(scheme);
	return scheme == (verifier->server_key_bits == 256 ? ECDSA_P256_SHA256 : ECDSA_P384_SHA384);
}

static bool object(tls_verifier_t *verifier, uint16_t scheme, const char *why)
{
	verifier->reason = TLS_REASON_NEGOTIATION;
	snprintf(
		verifier->detail, sizeof verifier->detail, "it signed with scheme 0x%04X, which %s", (unsigned)scheme, why);
	return false;
}

/* ServerKeyExchange, RFC 8422 section 5.4: curve type, curve, point after its length, then the scheme. */
static size_t scheme_offset(const tls_message_t *message)
{
	if (message->version == TLS_1_3)
		return HANDSHAKE_HEADER;
	return message->size > HANDSHAKE_HEADER + 3 ? HANDSHAKE_HEADER + 4 + (size_t)message->bytes[HANDSHAKE_HEADER + 3]
												: message->size;
}

bool tls_schemes_check(const tls_message_t *message, tls_verifier_t *verifier)
{
	bool is_13 = message->version == TLS_1_3;
	size_t offset = scheme_offset(message);
	uint8_t type = is_13 ? CERTIFICATE_VERIFY : SERVER_KEY_EXCHANGE;
	if (offset + 4 > message->size || message->bytes[0] != type)
		return object(verifier, 0, "is missing");
	const uint8_t *bytes = message->bytes + offset;
	uint16_t scheme = (uint16_t)(bytes[0] << 8 | bytes[1]);
	if (!is_offered(scheme, message->maximum))
		return object(verifier, scheme, "was not offered");
	if (signer_of(scheme) != verifier->server_signer)
		return object(verifier, scheme, "is not for its certificate's key");
	if (is_13 && !fits_key_13(scheme, verifier))
		return object(verifier, scheme, "TLS 1.3 does not allow with its key");
	if (!is_13 && tls_suite_signer(message->suite) != verifier->server_signer)
		return object(verifier, scheme, "is not that of the cipher suite");
	if (offset + 4 + (size_t)(bytes[2] << 8 | bytes[3]) != message->size)
		return object(verifier, scheme, "is followed by more than its signature");
	return true;
}

/* The list after the certificate types, RFC 5246 section 7.4.4; the library has checked the lengths. */
static bool lists(const tls_message_t *message, uint16_t scheme)
{
	size_t at = HANDSHAKE_HEADER + 1;
	at += at <= message->size ? message->bytes[at - 1] : 0;
	if (at + 2 > message->size)
		return false;
	size_t end = at + 2 + (size_t)(message->bytes[at] << 8 | message->bytes[at + 1]);
	for (at += 2; at + 2 <= end && end <= message->size; at += 2)
		if ((message->bytes[at] << 8 | message->bytes[at + 1]) == scheme)
			return true;
	return false;
}

bool tls_schemes_check_request(const tls_message_t *message, tls_signer signer, tls_verifier_t *verifier)
{
	bool is_384 = tls_suite_has_sha384(message->suite);
	uint16_t scheme = signer == TLS_SIGNER_RSA ? (is_384 ? PKCS1_SHA384 : PKCS1_SHA256)
											   : (is_384 ? ECDSA_P384_SHA384 : ECDSA_P256_SHA256);
	if (message->size < HANDSHAKE_HEADER || message->bytes[0] != CERTIFICATE_REQUEST || lists(message, scheme))
		return true;
	verifier->reason = TLS_REASON_LIMIT;
	snprintf(verifier->detail, sizeof verifier->detail,
		"it accepts signatures by this device's kind of key, if at all, not with scheme 0x%04X, which Mbed TLS uses with "
		"cipher suite %s",
		(unsigned)scheme, tls_suite_name(message->suite));
	return false;
}
