/* SPDX-License-Identifier: MIT */
/* What engine.c and setup.c share: the engine's inside. */
#ifndef TLS_ENGINE_PRIVATE_H
#define TLS_ENGINE_PRIVATE_H

#include "defragment.h"
#include "engine.h"
#include "fifo.h"
#include "verify.h"

struct tls_engine {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_x509_crt roots;
	mbedtls_x509_crt chain; /* refers to chain_bytes */
	uint8_t *chain_bytes;
	tls_random_t random;
	tls_key_t *key;
	tls_verifier_t verifier;
	fifo_t input;
	fifo_t output;
	defragmenter_t defragmenter;
	tls_state state;
	bool ended;
	uint8_t sent_type; /* of the last record that the current step has sent, by its header; 0: none */
	size_t sent_size;
	tls_failure_t failure;
	bool has_read;		 /* plaintext came: the server has accepted the handshake */
	const char *offered; /* the TLS versions, in words */
	char server_name[TLS_SERVER_NAME_SIZE + 1];
	char warning[192]; /* about an option that is used in part; empty: none */
	char *protocol_text;
	const char *protocols[TLS_PROTOCOLS + 1];
};

/* Mbed TLS's two ways to the transport, mbedtls_ssl_send_t and mbedtls_ssl_recv_t; the context is the engine. */
int tls_send_bytes(void *engine, const unsigned char *data, size_t size);
int tls_receive_bytes(void *engine, unsigned char *data, size_t size);

#endif
