/* SPDX-License-Identifier: MIT */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#define MBEDTLS_DECLARE_PRIVATE_IDENTIFIERS

#include "handshake.h"

#include "compat.h"
#include "schemes.h"

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && __has_include("ssl_misc.h")

#include "ssl_misc.h"

#include <psa/crypto.h>
#include <string.h>

bool tls_handshake_has_pss(void)
{
	return true;
}

/* SignatureScheme, RFC 8446 section 4.2.3. */
typedef struct {
	uint16_t number;
	psa_algorithm_t hash;
	mbedtls_md_type_t type;
} scheme_t;

static const scheme_t schemes[] = {
	{ 0x0804 /* rsa_pss_rsae_sha256 */, PSA_ALG_SHA_256, MBEDTLS_MD_SHA256 },
	{ 0x0805 /* rsa_pss_rsae_sha384 */, PSA_ALG_SHA_384, MBEDTLS_MD_SHA384 },
	{ 0x0806 /* rsa_pss_rsae_sha512 */, PSA_ALG_SHA_512, MBEDTLS_MD_SHA512 },
};

static const scheme_t *find_scheme(uint16_t number)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (schemes[i].number == number)
			return &schemes[i];
	return NULL;
}

/* The first of the server's list that is ours too; NULL: none. */
static const scheme_t *choose_scheme(const mbedtls_ssl_context *ssl)
{
	const scheme_t *scheme = NULL;
	for (const uint16_t *number = ssl->handshake->received_sig_algs; *number != MBEDTLS_TLS_SIG_NONE && !scheme;
		 number++)
		scheme = find_scheme(*number);
	return scheme;
}

/* Hash of what is signed: 64 spaces, the context string, a zero byte, the transcript's hash. */
static int hash_content(
	mbedtls_ssl_context *ssl, const scheme_t *scheme, uint8_t *digest, size_t capacity, size_t *size)
{
	static const char label[] = "TLS 1.3, client CertificateVerify";
	uint8_t content[64 + sizeof label + PSA_HASH_MAX_SIZE];
	size_t length;
	memset(content, ' ', 64);
	memcpy(content + 64, label, sizeof label);
	int error = mbedtls_ssl_get_handshake_transcript(ssl, (mbedtls_md_type_t)ssl->handshake->ciphersuite_info->mac,
		content + 64 + sizeof label, PSA_HASH_MAX_SIZE, &length);
	if (error)
		return error;
	psa_status_t status = psa_hash_compute(scheme->hash, content, 64 + sizeof label + length, digest, capacity, size);
	return status == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

/* The message's body: SignatureScheme, then the signature after its length. */
static int write_body(mbedtls_ssl_context *ssl, tls_key_t *key, uint8_t *body, size_t capacity, size_t *size)
{
	uint8_t digest[PSA_HASH_MAX_SIZE];
	size_t digest_size, signature_size;
	const scheme_t *scheme = choose_scheme(ssl);
	if (!scheme || capacity < 4)
		return MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
	int error = hash_content(ssl, scheme, digest, sizeof digest, &digest_size);
	if (error)
		return error;
	error = tls_key_sign_pss(key, scheme->type, digest, digest_size, body + 4, capacity - 4, &signature_size);
	if (error)
		return error;
	body[0] = (uint8_t)(scheme->number >> 8);
	body[1] = (uint8_t)scheme->number;
	body[2] = (uint8_t)(signature_size >> 8);
	body[3] = (uint8_t)signature_size;
	*size = 4 + signature_size;
	return 0;
}

static int write_message(mbedtls_ssl_context *ssl, tls_key_t *key)
{
	unsigned char *body;
	size_t capacity, size;
	int error = mbedtls_ssl_start_handshake_msg(ssl, MBEDTLS_SSL_HS_CERTIFICATE_VERIFY, &body, &capacity);
	if (error)
		return error;
	error = write_body(ssl, key, body, capacity, &size);
	if (error) {
		mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
		return error;
	}
	error = mbedtls_ssl_add_hs_msg_to_checksum(ssl, MBEDTLS_SSL_HS_CERTIFICATE_VERIFY, body, size);
	if (error)
		return error;
	error = mbedtls_ssl_finish_handshake_msg(ssl, capacity, size);
	if (error)
		return error;
	mbedtls_ssl_handshake_set_state(ssl, MBEDTLS_SSL_CLIENT_FINISHED);
	return 0;
}

static bool is_due(const mbedtls_ssl_context *ssl, const tls_key_t *key)
{
	return ssl->state == MBEDTLS_SSL_CLIENT_CERTIFICATE_VERIFY && key && tls_key_is_rsa(key);
}

/* A HelloRetryRequest has put its group here, for the ClientHello that follows. */
static bool is_group_wrong(const mbedtls_ssl_context *ssl)
{
	uint16_t group = ssl->handshake ? ssl->handshake->offered_group_id : 0;
	return ssl->state == MBEDTLS_SSL_CLIENT_HELLO && group != 0 && !mbedtls_ssl_named_group_is_offered(ssl, group);
}

/* Lets the library take a cookie: only then does it look whether the extension had been sent. */
static void expect_cookie(mbedtls_ssl_context *ssl)
{
	if (ssl->state == MBEDTLS_SSL_SERVER_HELLO && ssl->handshake)
		ssl->handshake->sent_extensions |= MBEDTLS_SSL_EXT_MASK(COOKIE);
}

/* Whether a ServerHello, with its header, has supported_versions: only a server of TLS 1.3 sends it. */
static bool is_hello_13(const uint8_t *hello, size_t size)
{
	size_t at = 4 + 2 + 32;
	at += at < size ? 1 + (size_t)hello[at] + 2 + 1 + 2 : 0; /* session id, suite, compression, extensions' length */
	while (at + 4 <= size) {
		if (hello[at] == 0 && hello[at + 1] == MBEDTLS_TLS_EXT_SUPPORTED_VERSIONS)
			return true;
		at += 4 + ((size_t)hello[at + 2] << 8 | hello[at + 3]);
	}
	return false;
}

/* With a minimum of TLS 1.3, a server of 1.2 is refused for its version; the library calls it an illegal parameter. */
static int check_version(mbedtls_ssl_context *ssl)
{
	if (ssl->state != MBEDTLS_SSL_SERVER_HELLO || ssl->conf->min_tls_version != MBEDTLS_SSL_VERSION_TLS1_3)
		return 0;
	int error = mbedtls_ssl_flush_output(ssl);
	if (!error)
		error = mbedtls_ssl_read_record(ssl, 0);
	if (error)
		return error;
	ssl->keep_current_message = 1;
	bool is_hello = ssl->in_msgtype == MBEDTLS_SSL_MSG_HANDSHAKE && ssl->in_msg[0] == MBEDTLS_SSL_HS_SERVER_HELLO;
	return is_hello && !is_hello_13(ssl->in_msg, ssl->in_hslen) ? MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION : 0;
}

static int step(mbedtls_ssl_context *ssl, tls_key_t *key)
{
	int error = check_version(ssl);
	if (error)
		return error;
	if (is_group_wrong(ssl))
		return MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
	expect_cookie(ssl);
	if (!is_due(ssl, key))
		return mbedtls_ssl_handshake_step(ssl);
	error = mbedtls_ssl_flush_output(ssl);
	return error ? error : write_message(ssl, key);
}

#else

bool tls_handshake_has_pss(void)
{
	return false;
}

static int step(mbedtls_ssl_context *ssl, tls_key_t *key)
{
	(void)key;
	return mbedtls_ssl_handshake_step(ssl);
}

#endif

/* The message that the step before has read is still in the library's buffer. */
static tls_message_t last_message(const mbedtls_ssl_context *ssl)
{
	return (tls_message_t){
		.version = tls_compat_version(ssl),
		.maximum = tls_compat_maximum(ssl),
		.suite = ssl->session_negotiate->ciphersuite,
		.bytes = ssl->in_msg,
		.size = ssl->in_hslen,
	};
}

/* Looks at what the step from `state` has read. */
static bool check_message(const mbedtls_ssl_context *ssl, int state, const tls_key_t *key, tls_verifier_t *verifier)
{
	bool is_13 = tls_compat_version(ssl) == TLS_1_3;
	bool is_signed = state == (is_13 ? (int)MBEDTLS_SSL_CERTIFICATE_VERIFY : (int)MBEDTLS_SSL_SERVER_KEY_EXCHANGE);
	if (!is_signed && (is_13 || state != MBEDTLS_SSL_CERTIFICATE_REQUEST || !key))
		return true;
	tls_message_t message = last_message(ssl);
	if (is_signed)
		return tls_schemes_check(&message, verifier);
	return tls_schemes_check_request(&message, tls_key_is_rsa(key) ? TLS_SIGNER_RSA : TLS_SIGNER_ECDSA, verifier);
}

int tls_handshake(mbedtls_ssl_context *ssl, tls_key_t *key, tls_verifier_t *verifier)
{
	int error = 0;
	while (!error && ssl->state != MBEDTLS_SSL_HANDSHAKE_OVER) {
		int state = ssl->state;
		error = step(ssl, key);
		if (!error && ssl->state != state && !check_message(ssl, state, key, verifier))
			error = MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
	}
	return error;
}
