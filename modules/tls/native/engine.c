/* SPDX-License-Identifier: MIT */
#include "engine_private.h"

#include "errors.h"
#include "handshake.h"
#include "suites.h"

#include <stdio.h>
#include <string.h>

/* Room that the output queue keeps for an alert: 2 bytes in the longest record (CBC with SHA-384: 85 bytes). */
enum { ALERT_ROOM = 128 };

/* TLS 1.3 adds the content type and pads to 16 bytes; mbedtls_ssl_get_record_expansion() does not count them. */
enum { TLS_1_3_PADDING = 16 };

/* An alert under TLS 1.3's encryption: header, 2 bytes with their type and padding, tag. */
enum { HIDDEN_ALERT_SIZE = 5 + TLS_1_3_PADDING + 16 };

int tls_send_bytes(void *context, const unsigned char *data, size_t size)
{
	tls_engine_t *engine = context;
	engine->sent_type = data[0];
	engine->sent_size = size;
	if (engine->ended)
		return (int)size;
	size_t count = fifo_write(&engine->output, data, size);
	return count ? (int)count : MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* Any record that is read may be answered by an alert: while there is no room for it, none is read. */
int tls_receive_bytes(void *context, unsigned char *data, size_t size)
{
	tls_engine_t *engine = context;
	if (!engine->ended && fifo_room(&engine->output) < ALERT_ROOM)
		return MBEDTLS_ERR_SSL_WANT_READ;
	size_t count = defragment(&engine->defragmenter, &engine->input, data, size);
	if (count == 0 && engine->defragmenter.is_broken)
		return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
	return count ? (int)count : MBEDTLS_ERR_SSL_WANT_READ;
}

static tls_state fail(tls_engine_t *engine, tls_reason reason, int error, const char *detail)
{
	tls_step step = engine->state == TLS_HANDSHAKE ? TLS_STEP_HANDSHAKE : TLS_STEP_READING;
	tls_failure_set(&engine->failure, step, reason, error, detail);
	return engine->state = TLS_FAILED;
}

static bool certificate_was_used(const tls_engine_t *engine)
{
	return engine->key && tls_key_was_used(engine->key);
}

static const char after_certificate[] =
	"after the device's certificate was sent: most likely it is not registered or not ACTIVE";

/*
 * Whether the step that failed has sent an alert. TLS 1.3 hides a record's type: then it is one if it is as short as
 * one, and nothing else is sent while reading.
 */
static bool has_alerted(const tls_engine_t *engine)
{
	if (engine->sent_type == MBEDTLS_SSL_MSG_APPLICATION_DATA)
		return engine->state == TLS_OPEN || engine->sent_size <= HIDDEN_ALERT_SIZE;
	return engine->sent_type == MBEDTLS_SSL_MSG_ALERT;
}

/* Mbed TLS sends the alert for most of its errors, but not for all. A first call may only send what was waiting. */
static void send_alert(tls_engine_t *engine, tls_reason reason)
{
	for (int i = 0; i < 2 && !has_alerted(engine); i++)
		mbedtls_ssl_send_alert_message(&engine->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, tls_alert_of_reason(reason));
}

/* What an alert that comes now answers. TLS 1.2 ends the handshake only when the server has accepted it. */
static tls_stage stage_of(const tls_engine_t *engine)
{
	bool is_12 = tls_compat_version(&engine->ssl) == TLS_1_2;
	if (engine->state == TLS_OPEN && (is_12 || engine->has_read))
		return TLS_STAGE_IN_USE;
	return certificate_was_used(engine) ? TLS_STAGE_CERTIFICATE : TLS_STAGE_HELLO;
}

static tls_state fail_with_alert(tls_engine_t *engine)
{
	tls_step step = engine->state == TLS_HANDSHAKE ? TLS_STEP_HANDSHAKE : TLS_STEP_READING;
	tls_failure_set_alert(&engine->failure, step, tls_compat_alert(&engine->ssl), stage_of(engine), engine->offered);
	return engine->state = TLS_FAILED;
}

/* Length of the handshake message that was too long for the library; 0: that was not it. */
static size_t too_long(const tls_engine_t *engine, int error)
{
	if (engine->defragmenter.too_long)
		return engine->defragmenter.too_long;
	size_t size = tls_compat_message_size(&engine->ssl);
	bool is_over = error == MBEDTLS_ERR_SSL_BAD_INPUT_DATA && size > RECORD_PLAINTEXT_MOST;
	return is_over ? size - MESSAGE_HEADER : 0;
}

/* A record that does not fit, and a suite or protocol that Mbed TLS does not know, have one code in common. */
static tls_reason reason_of_error(const tls_engine_t *engine, int error, tls_step step)
{
	if (engine->verifier.reason != TLS_REASON_NONE)
		return engine->verifier.reason;
	if (too_long(engine, error))
		return TLS_REASON_LIMIT;
	if (error == MBEDTLS_ERR_SSL_BAD_INPUT_DATA && engine->defragmenter.announced <= RECORD_PLAINTEXT_MOST)
		return TLS_REASON_NEGOTIATION;
	if (tls_compat_is_at_certificate(&engine->ssl))
		return tls_reason_of_certificate_error(error);
	return tls_reason_of_error(error, step);
}

static void describe(const tls_engine_t *engine, tls_reason reason, int error, char *text, size_t size)
{
	char code[64];
	tls_describe_error(error, code, sizeof code);
	if (engine->verifier.reason != TLS_REASON_NONE)
		snprintf(text, size, "%s", engine->verifier.detail);
	else if (too_long(engine, error))
		snprintf(text, size, "a handshake message of %u bytes, of which at most %u fit",
			(unsigned)too_long(engine, error), (unsigned)(RECORD_PLAINTEXT_MOST - MESSAGE_HEADER));
	else if (reason == TLS_REASON_PROTOCOL_VERSION)
		snprintf(text, size, "this device offers %s", engine->offered);
	else
		snprintf(text, size, "%s", code);
}

static tls_state fail_with_error(tls_engine_t *engine, int error)
{
	tls_step step = engine->state == TLS_HANDSHAKE ? TLS_STEP_HANDSHAKE : TLS_STEP_READING;
	const char *signing = engine->key ? tls_key_failure(engine->key) : NULL;
	char detail[256];
	if (signing) {
		send_alert(engine, TLS_REASON_SIGNING);
		return fail(engine, TLS_REASON_SIGNING, error, signing);
	}
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && has_alerted(engine))
		return fail(engine, TLS_REASON_MALFORMED_CERTIFICATE, error, "the server sent none");
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		return fail_with_alert(engine);
	tls_verify_usage(&engine->verifier, mbedtls_ssl_get_verify_result(&engine->ssl));
	tls_reason reason = reason_of_error(engine, error, step);
	if (reason == TLS_REASON_PEER_CLOSED)
		return fail(engine, reason, error, certificate_was_used(engine) ? after_certificate : NULL);
	send_alert(engine, reason);
	describe(engine, reason, error, detail, sizeof detail);
	return fail(engine, reason, error, detail);
}

/* Ciphertext. */

size_t tls_engine_room(const tls_engine_t *engine)
{
	return fifo_room(&engine->input);
}

size_t tls_engine_feed(tls_engine_t *engine, const uint8_t *data, size_t size)
{
	return fifo_write(&engine->input, data, size);
}

void tls_engine_end(tls_engine_t *engine)
{
	engine->ended = true;
}

size_t tls_engine_pending(const tls_engine_t *engine)
{
	return engine->output.size;
}

size_t tls_engine_drain(tls_engine_t *engine, uint8_t *data, size_t size)
{
	return fifo_read(&engine->output, data, size);
}

/* Progress. */

/* The roots are needed for the handshake only; there is no second one on a connection. */
static void free_roots(tls_engine_t *engine)
{
	mbedtls_ssl_conf_ca_chain(&engine->config, NULL, NULL);
	mbedtls_x509_crt_free(&engine->roots);
	mbedtls_x509_crt_init(&engine->roots);
}

static bool is_blocked(int result)
{
	return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* Mbed TLS could not go on: that is final if nothing more will come. */
static tls_state block(tls_engine_t *engine)
{
	if (!engine->ended || engine->input.size > 0)
		return engine->state;
	bool refused = engine->state == TLS_HANDSHAKE && certificate_was_used(engine);
	return fail(engine, TLS_REASON_TRUNCATED, 0, refused ? after_certificate : NULL);
}

static tls_state handshake(tls_engine_t *engine)
{
	int result = tls_handshake(&engine->ssl, engine->key, &engine->verifier);
	if (is_blocked(result))
		return block(engine);
	if (result)
		return fail_with_error(engine, result);
	free_roots(engine);
	return engine->state = TLS_OPEN;
}

/*
 * Reading no byte opens the next record, which is how alerts and the end are noticed. A TLS 1.3 session ticket takes
 * two calls, with MBEDTLS_ERR_SSL_WANT_READ in between; until the second, Mbed TLS would refuse to write.
 */
static int read_record(tls_engine_t *engine)
{
	uint8_t none;
	int result = mbedtls_ssl_read(&engine->ssl, &none, 0);
	if (is_blocked(result) && tls_compat_is_processing(&engine->ssl))
		result = mbedtls_ssl_read(&engine->ssl, &none, 0);
	return result;
}

static tls_state open_record(tls_engine_t *engine)
{
	while (mbedtls_ssl_get_bytes_avail(&engine->ssl) == 0) {
		int result = read_record(engine);
		if (is_blocked(result))
			return block(engine);
		if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			return engine->state = TLS_PEER_CLOSED;
		if (result < 0 && !tls_compat_is_ticket(result))
			return fail_with_error(engine, result);
	}
	engine->has_read = true;
	return engine->state;
}

tls_state tls_engine_step(tls_engine_t *engine)
{
	engine->sent_type = 0;
	if (engine->state == TLS_HANDSHAKE)
		handshake(engine);
	if (engine->state != TLS_OPEN)
		return engine->state;
	engine->sent_type = 0;
	open_record(engine);
	return engine->state;
}

tls_state tls_engine_state(const tls_engine_t *engine)
{
	return engine->state;
}

/* Plaintext. */

size_t tls_engine_readable(const tls_engine_t *engine)
{
	return engine->state == TLS_OPEN ? mbedtls_ssl_get_bytes_avail(&engine->ssl) : 0;
}

size_t tls_engine_read(tls_engine_t *engine, uint8_t *data, size_t size)
{
	size_t readable = tls_engine_readable(engine);
	if (readable == 0 || size == 0)
		return 0;
	int result = mbedtls_ssl_read(&engine->ssl, data, size < readable ? size : readable);
	return result > 0 ? (size_t)result : 0;
}

size_t tls_engine_overhead(const tls_engine_t *engine)
{
	int expansion = mbedtls_ssl_get_record_expansion(&engine->ssl);
	size_t padding = tls_compat_version(&engine->ssl) == TLS_1_3 ? TLS_1_3_PADDING : 0;
	return (expansion > 0 ? (size_t)expansion : 0) + padding;
}

size_t tls_engine_writable(const tls_engine_t *engine)
{
	size_t needed = tls_engine_overhead(engine) + ALERT_ROOM;
	size_t room = fifo_room(&engine->output);
	if (engine->state != TLS_OPEN || room <= needed)
		return 0;
	int limit = mbedtls_ssl_get_max_out_record_payload(&engine->ssl);
	size_t count = room - needed;
	return limit > 0 && (size_t)limit < count ? (size_t)limit : count;
}

size_t tls_engine_write(tls_engine_t *engine, const uint8_t *data, size_t size)
{
	size_t writable = tls_engine_writable(engine);
	size_t count = size < writable ? size : writable;
	if (count == 0)
		return 0;
	int result = mbedtls_ssl_write(&engine->ssl, data, count);
	if (result > 0)
		return (size_t)result;
	char detail[192];
	tls_describe_error(result, detail, sizeof detail);
	tls_failure_set(&engine->failure, TLS_STEP_WRITING, TLS_REASON_INTERNAL, result, detail);
	engine->state = TLS_FAILED;
	return 0;
}

void tls_engine_notify(tls_engine_t *engine)
{
	if (engine->state != TLS_OPEN && engine->state != TLS_PEER_CLOSED)
		return;
	mbedtls_ssl_close_notify(&engine->ssl);
	engine->state = TLS_CLOSED;
}

/* Report. */

const char *tls_engine_warning(const tls_engine_t *engine)
{
	return engine->warning[0] ? engine->warning : NULL;
}

const tls_failure_t *tls_engine_failure(const tls_engine_t *engine)
{
	return &engine->failure;
}

tls_info_t tls_engine_info(const tls_engine_t *engine)
{
	const mbedtls_ssl_context *ssl = &engine->ssl;
	const char *suite = mbedtls_ssl_get_ciphersuite(ssl);
	return (tls_info_t){
		.version = tls_compat_version(ssl) == TLS_1_3 ? "TLSv1.3" : "TLSv1.2",
		.cipher_suite = suite ? tls_suite_name(mbedtls_ssl_get_ciphersuite_id(suite)) : "unknown",
		.protocol = mbedtls_ssl_get_alpn_protocol(ssl),
		.certificate_used = certificate_was_used(engine),
		.server_subject = engine->verifier.subject,
		.server_sha256 = engine->verifier.sha256,
		.server_valid_from = engine->verifier.valid_from,
	};
}
