/* SPDX-License-Identifier: MIT */
/* From options to an engine that can begin its handshake, and its end. */
#include "engine_private.h"

#include "chain.h"
#include "errors.h"
#include "handshake.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t platform_now(void *context)
{
	(void)context;
	return (int64_t)time(NULL);
}

static void fail_setup(tls_failure_t *failure, tls_reason reason, int error, const char *detail)
{
	char text[192] = "";
	if (error)
		tls_describe_error(error, text, sizeof text);
	tls_failure_set(failure, TLS_STEP_SETUP, reason, error, detail ? detail : text);
}

static bool check_options(const tls_options_t *options, tls_failure_t *failure)
{
	const char *fault = NULL;
	size_t name_length = options->server_name ? strlen(options->server_name) : 0;
	tls_version newest = tls_compat_newest();
	if (name_length == 0 || name_length > TLS_SERVER_NAME_SIZE)
		fault = "serverName: 1 to 255 characters, the endpoint's complete name";
	else if (options->root_count == 0)
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

static bool check_clock(const tls_engine_t *engine, tls_failure_t *failure)
{
	char text[48] = "it says ";
	int64_t now = engine->verifier.now(engine->verifier.context);
	if (now >= TLS_EARLIEST_TIME)
		return true;
	tls_format_time(now, text + strlen(text), sizeof text - strlen(text));
	fail_setup(failure, TLS_REASON_CLOCK_NOT_SET, 0, text);
	return false;
}

static void fail_parsing(tls_failure_t *failure, const char *what, int error)
{
	char detail[256], words[128];
	tls_describe_error(error, words, sizeof words);
	snprintf(detail, sizeof detail, "%s, %s", what, words);
	bool memory = tls_reason_of_error(error, TLS_STEP_SETUP) == TLS_REASON_MEMORY;
	fail_setup(failure, memory ? TLS_REASON_MEMORY : TLS_REASON_OPTIONS, error, detail);
}

static int parse_root(mbedtls_x509_crt *roots, const tls_bytes_t *root)
{
	return root->is_constant ? mbedtls_x509_crt_parse_der_nocopy(roots, root->bytes, root->size)
							 : mbedtls_x509_crt_parse_der(roots, root->bytes, root->size);
}

/* A root that this build cannot parse (an algorithm that it does not know) is left out, with a warning. */
static bool parse_roots(tls_engine_t *engine, const tls_options_t *options, tls_failure_t *failure)
{
	size_t parsed = 0;
	int first_error = 0;
	unsigned first = 0;
	char what[96];
	for (size_t i = 0; i < options->root_count; i++) {
		int error = parse_root(&engine->roots, &options->roots[i]);
		parsed += error == 0;
		if (error == 0 || first_error)
			continue;
		first_error = error;
		first = (unsigned)i;
	}
	if (!first_error)
		return true;
	bool is_memory = tls_reason_of_error(first_error, TLS_STEP_SETUP) == TLS_REASON_MEMORY;
	size_t failed = options->root_count - parsed;
	snprintf(what, sizeof what, "trustedRoots: number %u is not a DER certificate that can be read", first);
	if (parsed == 0 || is_memory) {
		fail_parsing(failure, what, first_error);
		return false;
	}
	snprintf(engine->warning, sizeof engine->warning, "%s (Mbed TLS -0x%04X): left out, %u of %u roots are trusted.",
		what, (unsigned)-first_error, (unsigned)parsed, (unsigned)(parsed + failed));
	return true;
}

/* Mbed TLS writes a handshake message into one record. */
static bool check_chain_size(const tls_engine_t *engine, tls_failure_t *failure)
{
	char detail[160];
	size_t size = tls_chain_message_size(&engine->chain);
	if (size <= MBEDTLS_SSL_OUT_CONTENT_LEN)
		return true;
	snprintf(detail, sizeof detail,
		"certificate: its message has %u bytes, and this build sends at most %u (MBEDTLS_SSL_OUT_CONTENT_LEN)",
		(unsigned)size, (unsigned)MBEDTLS_SSL_OUT_CONTENT_LEN);
	fail_setup(failure, TLS_REASON_OPTIONS, 0, detail);
	return false;
}

static bool read_chain(tls_engine_t *engine, tls_bytes_t given, tls_failure_t *failure)
{
	int error;
	if (given.size == 0)
		return true;
	engine->chain_bytes = malloc(given.size);
	if (!engine->chain_bytes) {
		fail_setup(failure, TLS_REASON_MEMORY, 0, NULL);
		return false;
	}
	memcpy(engine->chain_bytes, given.bytes, given.size);
	const char *fault = tls_chain_read(&engine->chain, engine->chain_bytes, given.size, &error);
	if (!fault)
		return check_chain_size(engine, failure);
	if (error)
		fail_parsing(failure, fault, error);
	else
		fail_setup(failure, TLS_REASON_OPTIONS, 0, fault);
	return false;
}

static bool copy_protocols(tls_engine_t *engine, const tls_options_t *options)
{
	size_t size = 0;
	for (size_t i = 0; i < TLS_PROTOCOLS && options->protocols[i]; i++)
		size += strlen(options->protocols[i]) + 1;
	if (size == 0)
		return true;
	char *text = engine->protocol_text = malloc(size);
	if (!text)
		return false;
	for (size_t i = 0; i < TLS_PROTOCOLS && options->protocols[i]; i++) {
		size_t length = strlen(options->protocols[i]) + 1;
		engine->protocols[i] = memcpy(text, options->protocols[i], length);
		text += length;
	}
	return true;
}

/* The newest version that this build speaks, and the key. */
static tls_version newest_version(const tls_engine_t *engine)
{
	bool limited = engine->key && tls_key_is_rsa(engine->key) && !tls_handshake_has_pss();
	return limited ? TLS_1_2 : tls_compat_newest();
}

static const char *words_of_versions(const tls_engine_t *engine, tls_version minimum, tls_version maximum)
{
	if (minimum == TLS_1_3)
		return "TLS 1.3 only, as minimumVersion says";
	if (maximum == TLS_1_3)
		return "both";
	if (tls_compat_newest() == TLS_1_2)
		return "TLS 1.2 only, because this build of Mbed TLS has no TLS 1.3";
	return newest_version(engine) == TLS_1_2 ? "TLS 1.2 only, because this build cannot sign with an RSA key in TLS 1.3"
											 : "TLS 1.2 only, as maximumVersion says";
}

static int configure(tls_engine_t *engine, const tls_options_t *options)
{
	mbedtls_ssl_config *config = &engine->config;
	tls_version newest = newest_version(engine);
	tls_version maximum = options->maximum && options->maximum < newest ? options->maximum : newest;
	int error = mbedtls_ssl_config_defaults(
		config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
	if (error)
		return error;
	tls_version minimum = options->minimum ? options->minimum : TLS_1_2;
	engine->offered = words_of_versions(engine, minimum, maximum);
	tls_compat_configure(config, &engine->random, minimum, maximum);
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
	mbedtls_ssl_set_bio(&engine->ssl, engine, tls_send_bytes, tls_receive_bytes, NULL);
	return mbedtls_ssl_set_hostname(&engine->ssl, engine->verifier.address_size ? NULL : engine->server_name);
}

static bool open_engine(tls_engine_t *engine, const tls_options_t *options, tls_failure_t *failure)
{
	memcpy(engine->server_name, options->server_name, strlen(options->server_name) + 1);
	tls_verifier_open(
		&engine->verifier, engine->server_name, options->now ? options->now : platform_now, options->context);
	if (!check_clock(engine, failure))
		return false;
	int error = tls_compat_open_random(&engine->random);
	if (error) {
		fail_setup(failure, TLS_REASON_INTERNAL, error, NULL);
		return false;
	}
	if (!parse_roots(engine, options, failure) || !read_chain(engine, options->certificate, failure))
		return false;
	if (options->sign && !(engine->key = tls_key_open(&engine->chain.pk, options->sign, options->context))) {
		fail_setup(failure, TLS_REASON_MEMORY, 0, NULL);
		return false;
	}
	if (options->minimum > newest_version(engine)) {
		fail_setup(failure, TLS_REASON_OPTIONS, 0, "minimumVersion: in this build, a key of RSA signs in TLS 1.2 only");
		return false;
	}
	if (!fifo_open(&engine->input, TLS_INPUT_SIZE) ||
		!fifo_open(&engine->output, TLS_OUTPUT_SIZE + options->certificate.size) || !copy_protocols(engine, options)) {
		fail_setup(failure, TLS_REASON_MEMORY, 0, NULL);
		return false;
	}
	error = configure(engine, options);
	if (error)
		fail_setup(failure, tls_reason_of_error(error, TLS_STEP_SETUP), error, NULL);
	return error == 0;
}

tls_engine_t *tls_engine_open(const tls_options_t *options, tls_failure_t *failure)
{
	memset(failure, 0, sizeof *failure);
	if (!check_options(options, failure))
		return NULL;
	tls_engine_t *engine = calloc(1, sizeof *engine);
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

void tls_engine_close(tls_engine_t *engine)
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
	free(engine->protocol_text);
	free(engine->chain_bytes);
	free(engine);
}
