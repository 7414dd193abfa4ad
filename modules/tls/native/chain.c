/* SPDX-License-Identifier: MIT */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "chain.h"

#include "key.h"

#include <mbedtls/platform.h>

enum { SEQUENCE = 0x30, VERSION = 0xA0 };

/* Length of a DER element with its header; 0: none that fits into `size` bytes and has less than 64 KB. */
static size_t element_size(const uint8_t *bytes, size_t size)
{
	if (size < 4)
		return 0;
	size_t total;
	if (bytes[1] < 0x80)
		total = 2 + (size_t)bytes[1];
	else if (bytes[1] == 0x81)
		total = 3 + (size_t)bytes[2];
	else if (bytes[1] == 0x82)
		total = 4 + ((size_t)bytes[2] << 8 | bytes[3]);
	else
		return 0;
	return total <= size ? total : 0;
}

static size_t header_size(const uint8_t *element)
{
	return element[1] < 0x80 ? 2 : 2 + (element[1] & 0x7F);
}

typedef struct {
	uint8_t *bytes;
	size_t size; /* 0: what was looked for is not there */
} der_t;

/* What is inside a SEQUENCE. */
static der_t enter(der_t der)
{
	size_t total = element_size(der.bytes, der.size);
	if (total == 0 || der.bytes[0] != SEQUENCE)
		return (der_t){ 0 };
	size_t header = header_size(der.bytes);
	return (der_t){ der.bytes + header, total - header };
}

static der_t skip(der_t der)
{
	size_t total = element_size(der.bytes, der.size);
	return total == 0 ? (der_t){ 0 } : (der_t){ der.bytes + total, der.size - total };
}

/* SubjectPublicKeyInfo, RFC 5280 section 4.1: after version, serial number, signature, issuer, validity and subject. */
static der_t public_key(der_t certificate)
{
	der_t der = enter(enter(certificate));
	if (der.size > 0 && der.bytes[0] == VERSION)
		der = skip(der);
	for (int i = 0; i < 5; i++)
		der = skip(der);
	der.size = element_size(der.bytes, der.size);
	return der;
}

static mbedtls_x509_crt *append(mbedtls_x509_crt *last)
{
	mbedtls_x509_crt *next = mbedtls_calloc(1, sizeof *next);
	if (next) {
		mbedtls_x509_crt_init(next);
		last->next = next;
	}
	return next;
}

static bool is_usable(const mbedtls_pk_context *key)
{
	size_t bits = mbedtls_pk_get_bitlen(key);
	tls_signer signer = tls_signer_of_key(key);
	return signer == TLS_SIGNER_RSA || (signer == TLS_SIGNER_ECDSA && (bits == 256 || bits == 384));
}

const char *tls_chain_read(mbedtls_x509_crt *chain, uint8_t *bytes, size_t size, int *error)
{
	der_t rest = { bytes, size };
	mbedtls_x509_crt *each = chain;
	*error = 0;
	while (rest.size > 0) {
		size_t total = element_size(rest.bytes, rest.size);
		if (total == 0 || rest.bytes[0] != SEQUENCE)
			return "certificate: not DER certificates without a gap";
		if (each->raw.p && !(each = append(each))) {
			*error = MBEDTLS_ERR_X509_ALLOC_FAILED;
			return "certificate";
		}
		each->raw.p = rest.bytes;
		each->raw.len = total;
		rest = skip(rest);
	}
	der_t key = public_key((der_t){ bytes, size });
	if (key.size == 0)
		return "certificate: the first is not an X.509 certificate";
	*error = mbedtls_pk_parse_public_key(&chain->pk, key.bytes, key.size);
	if (*error || !is_usable(&chain->pk))
		return "certificate: its public key is not one that TLS can use here (ECDSA P-256 or P-384, RSA)";
	return NULL;
}

size_t tls_chain_message_size(const mbedtls_x509_crt *chain)
{
	size_t size = 4 + 1 + 3;
	for (const mbedtls_x509_crt *each = chain; each; each = each->next)
		size += 3 + each->raw.len + 2;
	return size;
}
