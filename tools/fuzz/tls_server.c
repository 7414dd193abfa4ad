/* SPDX-License-Identifier: MIT */
/*
 * The TLS engine against arbitrary bytes of a server, over transparent cryptography (tls_transparent.h), so that the
 * fuzzer comes past signatures, Finished and encryption. Input: a byte of switches (bit 0: an ECDSA client certificate,
 * bit 1: one of RSA, bit 2: ALPN, bit 3: TLS 1.2 only, bits 4 to 6: the signature check that fails, counted from 1),
 * the most bytes fed in one call divided by 8 (0: all there is room for), and what the server sends.
 */
#include "engine.h"
#include "tls_transparent.h"

#include <string.h>

enum { ECDSA_KEY = 1, RSA_KEY = 2, ALPN = 4, TLS_1_2_ONLY = 8, BLOCK = 512 };

/* Files of the tree, as the assembler finds them from its root. */
#define EMBED(name, path)                                                                                              \
	__asm__(".section .rodata\n" #name ":\n.incbin \"" path "\"\n" #name "_end:\n.previous\n");                        \
	extern const uint8_t name[], name##_end[]

EMBED(root_certificate, "tools/fuzz/tls-root.der");
EMBED(rsa_certificate, "certs/AmazonRootCA1.der");

static int64_t now(void *context)
{
	(void)context;
	return INT64_C(1767225600); /* 2026-01-01T00:00:00Z */
}

static bool sign(void *context, tls_signature_t *signature)
{
	static const uint8_t ecdsa[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 };
	(void)context;
	if (!strcmp(signature->scheme, "ECDSA")) {
		memcpy(signature->signature, ecdsa, sizeof ecdsa);
		signature->size = sizeof ecdsa;
		return true;
	}
	if (signature->capacity < 256)
		return false;
	memset(signature->signature, 0x5A, 256);
	signature->size = 256;
	return true;
}

static tls_engine_t *open_engine(uint8_t switches)
{
	static const tls_bytes_t root = { .bytes = root_certificate, .is_constant = true };
	tls_bytes_t roots[] = { root };
	roots[0].size = (size_t)(root_certificate_end - root_certificate);
	tls_options_t options = { .roots = roots, .root_count = 1, .server_name = "server.test", .now = now };
	tls_failure_t failure;
	if (switches & ECDSA_KEY)
		options.certificate = roots[0];
	else if (switches & RSA_KEY)
		options.certificate =
			(tls_bytes_t){ .bytes = rsa_certificate, .size = (size_t)(rsa_certificate_end - rsa_certificate) };
	if (options.certificate.size > 0)
		options.sign = sign;
	if (switches & ALPN)
		options.protocols[0] = "mqtt";
	if (switches & TLS_1_2_ONLY)
		options.maximum = TLS_1_2;
	tls_transparent_start((switches >> 4) & 7);
	tls_engine_t *engine = tls_engine_open(&options, &failure);
	if (!engine)
		__builtin_trap();
	return engine;
}

/* What a failure must have: a reason, words, and an alert for the server unless the server ended it. */
static void check_failure(const tls_engine_t *engine, size_t drained)
{
	const tls_failure_t *failure = tls_engine_failure(engine);
	bool ended = failure->reason == TLS_REASON_PEER_ALERT || failure->reason == TLS_REASON_PEER_CLOSED ||
		failure->reason == TLS_REASON_TRUNCATED;
	if (failure->reason == TLS_REASON_NONE || failure->message[0] == 0 ||
		strlen(failure->message) >= sizeof failure->message)
		__builtin_trap();
	if (!ended && drained == 0)
		__builtin_trap();
}

/* A step, all that it gives drained and read, and what holds after any step. */
static tls_state step(tls_engine_t *engine, tls_state before)
{
	uint8_t block[BLOCK];
	size_t drained = 0, count;
	tls_state state = tls_engine_step(engine);
	if (tls_engine_room(engine) > TLS_INPUT_SIZE || tls_engine_pending(engine) > TLS_OUTPUT_SIZE + TLS_CERTIFICATE_SIZE)
		__builtin_trap();
	if (state < before || (state != TLS_OPEN && tls_engine_readable(engine) > 0))
		__builtin_trap();
	while ((count = tls_engine_drain(engine, block, sizeof block)) > 0)
		drained += count;
	while (tls_engine_read(engine, block, sizeof block) > 0)
		continue;
	if (state == TLS_FAILED)
		check_failure(engine, drained);
	return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	tls_engine_t *engine = open_engine(data[0]);
	size_t most = data[1] ? (size_t)data[1] * 8 : SIZE_MAX;
	data += 2;
	size -= 2;
	tls_state state = step(engine, TLS_HANDSHAKE);
	for (size_t blocked = 0; size > 0 && blocked < 2 && state < TLS_PEER_CLOSED;) {
		size_t fed = tls_engine_feed(engine, data, size < most ? size : most);
		data += fed;
		size -= fed;
		blocked = fed ? 0 : blocked + 1;
		state = step(engine, state);
	}
	if (state == TLS_OPEN)
		tls_engine_write(engine, (const uint8_t *)"PUBLISH", 7);
	tls_engine_end(engine);
	for (int i = 0; i < TLS_INPUT_SIZE && state < TLS_PEER_CLOSED; i++)
		state = step(engine, state);
	if (state != TLS_PEER_CLOSED && state != TLS_FAILED)
		__builtin_trap();
	tls_engine_notify(engine);
	tls_engine_close(engine);
	return 0;
}
