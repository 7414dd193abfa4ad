#include "engine.h"

#include "fifo.h"
#include "suites.h"
#include "verify.h"

#include <mbedtls/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Room that the output queue keeps for an alert: 2 bytes in the longest record (AES-256-CBC with SHA-384: 101 bytes). */
enum { ALERT_ROOM = 128 };

/* TLS 1.3 adds the content type and pads to 16 bytes; mbedtls_ssl_get_record_expansion() does not count them. */
enum { TLS_1_3_PADDING = 16 };

struct TLSEngine {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_x509_crt roots;
	mbedtls_x509_crt chain;
	TLSRandom random;
	TLSKey *key;
	TLSVerifier verifier;
	Fifo input;
	Fifo output;
	TLSState state;
	bool ended;
	TLSFailure failure;
	char serverName[TLS_SERVER_NAME_SIZE + 1];
	char *protocolText;
	const char *protocols[TLS_PROTOCOLS + 1];
};

static int64_t platform_now(void *context)
{
	(void)context;
	return (int64_t)time(NULL);
}

/* Mbed TLS' two ways to the transport. */

static int send_bytes(void *context, const unsigned char *data, size_t size)
{
	TLSEngine *engine = context;
	if (engine->ended)
		return (int)size;
	size_t count = fifo_write(&engine->output, data, size);
	return count ? (int)count : MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* Any record that is read may be answered by an alert: while there is no room for it, none is read. */
static int receive_bytes(void *context, unsigned char *data, size_t size)
{
	TLSEngine *engine = context;
	if (!engine->ended && fifo_room(&engine->output) < ALERT_ROOM)
		return MBEDTLS_ERR_SSL_WANT_READ;
	size_t count = fifo_read(&engine->input, data, size);
	return count ? (int)count : MBEDTLS_ERR_SSL_WANT_READ;
}

/* Failures. */

static const struct {
	int error;
	TLSReason reason;
} errors[] = {
	{ MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, TLS_REASON_PEER_CLOSED },
	{ MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, TLS_REASON_BAD_CERTIFICATE },
	{ MBEDTLS_ERR_SSL_BAD_CERTIFICATE, TLS_REASON_BAD_CERTIFICATE },
	{ MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, TLS_REASON_PROTOCOL_VERSION },
	{ MBEDTLS_ERR_SSL_INVALID_MAC, TLS_REASON_BAD_RECORD },
	{ MBEDTLS_ERR_SSL_INVALID_RECORD, TLS_REASON_BAD_RECORD },
	{ MBEDTLS_ERR_SSL_BAD_INPUT_DATA, TLS_REASON_BAD_RECORD },     /* 2.28: a record longer than its buffer */
	{ MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, TLS_REASON_UNEXPECTED_MESSAGE },
	{ MBEDTLS_ERR_SSL_ALLOC_FAILED, TLS_REASON_MEMORY },
	{ MBEDTLS_ERR_X509_ALLOC_FAILED, TLS_REASON_MEMORY },
	{ MBEDTLS_ERR_SSL_INTERNAL_ERROR, TLS_REASON_INTERNAL },
};

/* Mbed TLS adds a low-level code (7 bits) to the module's own, but not to those that 4.x has in common with PSA. */
static int module_error(int error)
{
	return -(-error & ~0x7F);
}

static TLSReason reason_of_error(int error, TLSStep step)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].error == error || errors[i].error == module_error(error))
			return errors[i].reason;
	if (step != TLS_STEP_HANDSHAKE)
		return TLS_REASON_INTERNAL;
	bool isX509 = -error >= 0x2000 && -error < 0x3000;
	return isX509 ? TLS_REASON_BAD_CERTIFICATE : TLS_REASON_NEGOTIATION;
}

static void describe_error(int error, char *text, size_t size)
{
	char words[100];
	mbedtls_strerror(error, words, sizeof words);
	snprintf(text, size, "Mbed TLS -0x%04X, %s", (unsigned)-error, words);
}

static void fail_setup(TLSFailure *failure, TLSReason reason, int error, const char *detail)
{
	char text[192] = "";
	if (error)
		describe_error(error, text, sizeof text);
	tls_failure_set(failure, TLS_STEP_SETUP, reason, error, detail ? detail : text);
}

static TLSState fail(TLSEngine *engine, TLSReason reason, int error, const char *detail)
{
	TLSStep step = engine->state == TLS_HANDSHAKE ? TLS_STEP_HANDSHAKE : TLS_STEP_READING;
	tls_failure_set(&engine->failure, step, reason, error, detail);
	return engine->state = TLS_FAILED;
}

static bool certificate_was_used(const TLSEngine *engine)
{
	return engine->key && tls_key_was_used(engine->key);
}

static const char afterCertificate[] = "after the device's certificate was sent: most likely it is not registered or not ACTIVE";

static TLSState fail_with_error(TLSEngine *engine, int error)
{
	TLSStep step = engine->state == TLS_HANDSHAKE ? TLS_STEP_HANDSHAKE : TLS_STEP_READING;
	TLSVersion version = tls_compat_version(&engine->ssl);
	const char *signing = engine->key ? tls_key_failure(engine->key) : NULL;
	if (signing) {
		if (version == TLS_1_2)     /* in TLS 1.3 Mbed TLS has sent one */
			mbedtls_ssl_send_alert_message(&engine->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR);
		return fail(engine, TLS_REASON_SIGNING, error, signing);
	}
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
		tls_failure_set_alert(&engine->failure, step, tls_compat_alert(&engine->ssl), certificate_was_used(engine));
		return engine->state = TLS_FAILED;
	}
	if (engine->verifier.reason != TLS_REASON_NONE)
		return fail(engine, engine->verifier.reason, error, engine->verifier.detail);
	TLSReason reason = reason_of_error(error, step);
	if (reason == TLS_REASON_PEER_CLOSED)
		return fail(engine, reason, error, certificate_was_used(engine) ? afterCertificate : NULL);
	char detail[192];
	describe_error(error, detail, sizeof detail);
	return fail(engine, reason, error, detail);
}

/* Set-up. */

static bool check_options(const TLSOptions *options, TLSFailure *failure)
{
	const char *fault = NULL;
	size_t nameLength = options->serverName ? strlen(options->serverName) : 0;
	TLSVersion newest = tls_compat_newest();
	if (nameLength == 0 || nameLength > TLS_SERVER_NAME_SIZE)
		fault = "serverName: 1 to 255 characters, the endpoint's complete name";
	else if (options->rootCount == 0)
		fault = "trustedRoots: at least one root certificate";
	else if (options->certificate.size > TLS_CERTIFICATE_SIZE)
		fault = "certificate: at most 8192 bytes";
	else if ((options->certificate.size > 0) != (options->sign != NULL))
		fault = "certificate and key: both or neither";
	else if (options->minimum > newest)
		fault = "minimumVersion: this build of Mbed TLS has no TLS 1.3";
	else if (options->maximum && options->maximum < options->minimum)
		fault = "maximumVersion is below minimumVersion";
	for (size_t i = 0; i < TLS_PROTOCOLS && options->protocols[i] && !fault; i++)
		if (options->protocols[i][0] == 0 || strlen(options->protocols[i]) > TLS_PROTOCOL_SIZE)
			fault = "applicationLayerProtocols: 1 to 255 characters each";
	if (fault)
		fail_setup(failure, TLS_REASON_OPTIONS, 0, fault);
	return !fault;
}

static bool check_clock(const TLSEngine *engine, TLSFailure *failure)
{
	char text[48] = "it says ";
	int64_t now = engine->verifier.now(engine->verifier.context);
	if (now >= TLS_EARLIEST_TIME)
		return true;
	tls_format_time(now, text + strlen(text), sizeof text - strlen(text));
	fail_setup(failure, TLS_REASON_CLOCK_NOT_SET, 0, text);
	return false;
}

/* Length of a DER SEQUENCE with its header; 0: it is none, or longer than `size`. */
static size_t sequence_size(const uint8_t *bytes, size_t size)
{
	if (size < 4 || bytes[0] != 0x30)
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

static bool parse_roots(TLSEngine *engine, const TLSOptions *options, TLSFailure *failure)
{
	for (size_t i = 0; i < options->rootCount; i++) {
		int error = mbedtls_x509_crt_parse_der(&engine->roots, options->roots[i].bytes, options->roots[i].size);
		if (error == 0)
			continue;
		char detail[256], words[192];
		describe_error(error, words, sizeof words);
		snprintf(detail, sizeof detail, "trustedRoots: number %u is not a DER certificate, %s", (unsigned)i, words);
		bool memory = reason_of_error(error, TLS_STEP_SETUP) == TLS_REASON_MEMORY;
		fail_setup(failure, memory ? TLS_REASON_MEMORY : TLS_REASON_OPTIONS, error, detail);
		return false;
	}
	return true;
}

static bool parse_chain(TLSEngine *engine, TLSBytes chain, TLSFailure *failure)
{
	while (chain.size > 0) {
		size_t size = sequence_size(chain.bytes, chain.size);
		int error = size ? mbedtls_x509_crt_parse_der(&engine->chain, chain.bytes, size) : MBEDTLS_ERR_X509_INVALID_FORMAT;
		if (error) {
			char detail[256], words[192];
			describe_error(error, words, sizeof words);
			snprintf(detail, sizeof detail, "certificate: not DER certificates without a gap, %s", words);
			fail_setup(failure, TLS_REASON_OPTIONS, error, detail);
			return false;
		}
		chain.bytes += size;
		chain.size -= size;
	}
	return true;
}

static bool copy_protocols(TLSEngine *engine, const TLSOptions *options)
{
	size_t size = 0;
	for (size_t i = 0; i < TLS_PROTOCOLS && options->protocols[i]; i++)
		size += strlen(options->protocols[i]) + 1;
	if (size == 0)
		return true;
	char *text = engine->protocolText = malloc(size);
	if (!text)
		return false;
	for (size_t i = 0; i < TLS_PROTOCOLS && options->protocols[i]; i++) {
		size_t length = strlen(options->protocols[i]) + 1;
		engine->protocols[i] = memcpy(text, options->protocols[i], length);
		text += length;
	}
	return true;
}

static int configure(TLSEngine *engine, const TLSOptions *options)
{
	mbedtls_ssl_config *config = &engine->config;
	TLSVersion newest = tls_compat_newest();
	TLSVersion maximum = options->maximum && options->maximum < newest ? options->maximum : newest;
	int error = mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
	if (error)
		return error;
	tls_compat_configure(config, &engine->random, options->minimum ? options->minimum : TLS_1_2, maximum);
	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(config, &engine->roots, NULL);
	mbedtls_ssl_conf_verify(config, tls_verify, &engine->verifier);
	mbedtls_ssl_conf_ciphersuites(config, tls_suites);
	if (engine->key && (error = mbedtls_ssl_conf_own_cert(config, &engine->chain, tls_key_context(engine->key))))
		return error;
	if (engine->protocols[0] && (error = mbedtls_ssl_conf_alpn_protocols(config, engine->protocols)))
		return error;
	if ((error = mbedtls_ssl_setup(&engine->ssl, config)))
		return error;
	mbedtls_ssl_set_bio(&engine->ssl, engine, send_bytes, receive_bytes, NULL);
	return mbedtls_ssl_set_hostname(&engine->ssl, engine->verifier.addressSize ? NULL : engine->serverName);
}

static bool open_engine(TLSEngine *engine, const TLSOptions *options, TLSFailure *failure)
{
	memcpy(engine->serverName, options->serverName, strlen(options->serverName) + 1);
	tls_verifier_open(&engine->verifier, engine->serverName, options->now ? options->now : platform_now, options->context);
	if (!check_clock(engine, failure))
		return false;
	int error = tls_compat_open_random(&engine->random);
	if (error) {
		fail_setup(failure, TLS_REASON_INTERNAL, error, NULL);
		return false;
	}
	if (!parse_roots(engine, options, failure) || !parse_chain(engine, options->certificate, failure))
		return false;
	if (options->sign && !(engine->key = tls_key_open(&engine->chain.pk, options->sign, options->context))) {
		fail_setup(failure, TLS_REASON_MEMORY, 0, NULL);
		return false;
	}
	if (!fifo_open(&engine->input, TLS_INPUT_SIZE) || !fifo_open(&engine->output, TLS_OUTPUT_SIZE + options->certificate.size)
		|| !copy_protocols(engine, options)) {
		fail_setup(failure, TLS_REASON_MEMORY, 0, NULL);
		return false;
	}
	error = configure(engine, options);
	if (error)
		fail_setup(failure, reason_of_error(error, TLS_STEP_SETUP), error, NULL);
	return error == 0;
}

TLSEngine *tls_engine_open(const TLSOptions *options, TLSFailure *failure)
{
	memset(failure, 0, sizeof *failure);
	if (!check_options(options, failure))
		return NULL;
	TLSEngine *engine = calloc(1, sizeof *engine);
	if (!engine) {
		fail_setup(failure, TLS_REASON_MEMORY, 0, NULL);
		return NULL;
	}
	mbedtls_ssl_init(&engine->ssl);
	mbedtls_ssl_config_init(&engine->config);
	mbedtls_x509_crt_init(&engine->roots);
	mbedtls_x509_crt_init(&engine->chain);
	if (open_engine(engine, options, failure))
		return engine;
	tls_engine_close(engine);
	return NULL;
}

void tls_engine_close(TLSEngine *engine)
{
	if (!engine)
		return;
	mbedtls_ssl_free(&engine->ssl);
	mbedtls_ssl_config_free(&engine->config);
	tls_key_close(engine->key);
	mbedtls_x509_crt_free(&engine->chain);
	mbedtls_x509_crt_free(&engine->roots);
	tls_compat_close_random(&engine->random);
	fifo_close(&engine->input);
	fifo_close(&engine->output);
	free(engine->protocolText);
	free(engine);
}

/* Ciphertext. */

size_t tls_engine_room(const TLSEngine *engine)
{
	return fifo_room(&engine->input);
}

size_t tls_engine_feed(TLSEngine *engine, const uint8_t *data, size_t size)
{
	return fifo_write(&engine->input, data, size);
}

void tls_engine_end(TLSEngine *engine)
{
	engine->ended = true;
}

size_t tls_engine_pending(const TLSEngine *engine)
{
	return engine->output.size;
}

size_t tls_engine_drain(TLSEngine *engine, uint8_t *data, size_t size)
{
	return fifo_read(&engine->output, data, size);
}

/* Progress. */

/* The roots are needed for the handshake only; there is no second one on a connection. */
static void free_roots(TLSEngine *engine)
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
static TLSState block(TLSEngine *engine)
{
	if (!engine->ended || engine->input.size > 0)
		return engine->state;
	bool refused = engine->state == TLS_HANDSHAKE && certificate_was_used(engine);
	return fail(engine, TLS_REASON_TRUNCATED, 0, refused ? afterCertificate : NULL);
}

static TLSState handshake(TLSEngine *engine)
{
	int result = mbedtls_ssl_handshake(&engine->ssl);
	if (is_blocked(result))
		return block(engine);
	if (result)
		return fail_with_error(engine, result);
	free_roots(engine);
	return engine->state = TLS_OPEN;
}

/* Reading no byte opens the next record, which is what tells of alerts and the end. */
static TLSState open_record(TLSEngine *engine)
{
	uint8_t none;
	while (mbedtls_ssl_get_bytes_avail(&engine->ssl) == 0) {
		int result = mbedtls_ssl_read(&engine->ssl, &none, 0);
		if (is_blocked(result))
			return block(engine);
		if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			return engine->state = TLS_PEER_CLOSED;
		if (result < 0 && !tls_compat_is_ticket(result))
			return fail_with_error(engine, result);
	}
	return engine->state;
}

TLSState tls_engine_step(TLSEngine *engine)
{
	if (engine->state == TLS_HANDSHAKE)
		handshake(engine);
	if (engine->state == TLS_OPEN)
		open_record(engine);
	return engine->state;
}

TLSState tls_engine_state(const TLSEngine *engine)
{
	return engine->state;
}

/* Plaintext. */

size_t tls_engine_readable(const TLSEngine *engine)
{
	return engine->state == TLS_OPEN ? mbedtls_ssl_get_bytes_avail(&engine->ssl) : 0;
}

size_t tls_engine_read(TLSEngine *engine, uint8_t *data, size_t size)
{
	size_t readable = tls_engine_readable(engine);
	if (readable == 0 || size == 0)
		return 0;
	int result = mbedtls_ssl_read(&engine->ssl, data, size < readable ? size : readable);
	return result > 0 ? (size_t)result : 0;
}

size_t tls_engine_overhead(const TLSEngine *engine)
{
	int expansion = mbedtls_ssl_get_record_expansion(&engine->ssl);
	size_t padding = tls_compat_version(&engine->ssl) == TLS_1_3 ? TLS_1_3_PADDING : 0;
	return (expansion > 0 ? (size_t)expansion : 0) + padding;
}

size_t tls_engine_writable(const TLSEngine *engine)
{
	size_t needed = tls_engine_overhead(engine) + ALERT_ROOM;
	size_t room = fifo_room(&engine->output);
	if (engine->state != TLS_OPEN || room <= needed)
		return 0;
	int limit = mbedtls_ssl_get_max_out_record_payload(&engine->ssl);
	size_t count = room - needed;
	return limit > 0 && (size_t)limit < count ? (size_t)limit : count;
}

size_t tls_engine_write(TLSEngine *engine, const uint8_t *data, size_t size)
{
	size_t writable = tls_engine_writable(engine);
	size_t count = size < writable ? size : writable;
	if (count == 0)
		return 0;
	int result = mbedtls_ssl_write(&engine->ssl, data, count);
	if (result > 0)
		return (size_t)result;
	char detail[192];
	describe_error(result, detail, sizeof detail);
	tls_failure_set(&engine->failure, TLS_STEP_WRITING, TLS_REASON_INTERNAL, result, detail);
	engine->state = TLS_FAILED;
	return 0;
}

void tls_engine_notify(TLSEngine *engine)
{
	if (engine->state != TLS_OPEN && engine->state != TLS_PEER_CLOSED)
		return;
	mbedtls_ssl_close_notify(&engine->ssl);
	engine->state = TLS_CLOSED;
}

/* Report. */

const TLSFailure *tls_engine_failure(const TLSEngine *engine)
{
	return &engine->failure;
}

TLSInfo tls_engine_info(const TLSEngine *engine)
{
	const mbedtls_ssl_context *ssl = &engine->ssl;
	const char *suite = mbedtls_ssl_get_ciphersuite(ssl);
	return (TLSInfo){
		.version = tls_compat_version(ssl) == TLS_1_3 ? "TLSv1.3" : "TLSv1.2",
		.cipherSuite = suite ? tls_suite_name(mbedtls_ssl_get_ciphersuite_id(suite)) : "unknown",
		.protocol = mbedtls_ssl_get_alpn_protocol(ssl),
		.certificateUsed = certificate_was_used(engine),
		.serverSubject = engine->verifier.subject,
		.serverSha256 = engine->verifier.sha256,
	};
}
