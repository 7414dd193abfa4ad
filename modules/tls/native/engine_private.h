/** What engine.c and setup.c share: the engine's inside. */
#ifndef TLS_ENGINE_PRIVATE_H
#define TLS_ENGINE_PRIVATE_H

#include "defragment.h"
#include "engine.h"
#include "fifo.h"
#include "verify.h"

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
	Defragmenter defragmenter;
	TLSState state;
	bool ended;
	uint8_t sentType;       /* of the last record that the current step has sent, as its header tells; 0: none */
	size_t sentSize;
	TLSFailure failure;
	char serverName[TLS_SERVER_NAME_SIZE + 1];
	char *protocolText;
	const char *protocols[TLS_PROTOCOLS + 1];
};

/** Mbed TLS' two ways to the transport, mbedtls_ssl_send_t and mbedtls_ssl_recv_t; the context is the engine. */
int tls_send_bytes(void *engine, const unsigned char *data, size_t size);
int tls_receive_bytes(void *engine, unsigned char *data, size_t size);

#endif
