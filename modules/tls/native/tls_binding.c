/* SPDX-License-Identifier: MIT */
/*
 * The engine as the native class of engine.ts. Byte buffers are used in place: between taking a pointer into XS's chunk
 * heap and the last use of it nothing is called that can collect. What outlives a call is the engine's own copy.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROOTS = 16 };

typedef struct {
	tls_engine_t *engine;
	xsMachine *the; /* while stepping: the machine of the key */
	bool stepping;
	bool closed; /* by the signing function: free the engine after the step */
} binding_t;

void xs_tls_engine_destructor(void *data)
{
	binding_t *binding = data;
	if (!binding)
		return;
	tls_engine_close(binding->engine);
	free(binding);
}

/* NULL: closed, or called from within the signing function. */
static tls_engine_t *get_engine(xsMachine *the)
{
	binding_t *binding = xsmcGetHostDataValidate(xsThis, xs_tls_engine_destructor);
	return binding && !binding->stepping ? binding->engine : NULL;
}

static void return_size(xsMachine *the, size_t size)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)size);
}

static void set_string(xsMachine *the, xsIdentifier id, const char *text)
{
	xsmcSetString(xsVar(0), (char *)(uintptr_t)text);
	xsmcSet(xsResult, id, xsVar(0));
}

/* The result becomes { step, reason, code, message }. Uses variable 0. */
static void return_failure(xsMachine *the, const tls_failure_t *failure)
{
	xsmcSetNewObject(xsResult);
	set_string(the, xsID_step, tls_step_name(failure->step));
	set_string(the, xsID_reason, tls_reason_name(failure->reason));
	set_string(the, xsID_message, failure->message);
	xsmcSetInteger(xsVar(0), failure->code);
	xsmcSet(xsResult, xsID_code, xsVar(0));
}

/* Asks the object that step() was given: its sign(hashName, digest, scheme) returns bytes, or a string that says why
 * not. */
static bool sign(void *context, tls_signature_t *signature)
{
	binding_t *binding = context;
	xsMachine *the = binding->the;
	volatile bool done = false;
	snprintf(signature->message, sizeof signature->message, "it returned no bytes");
	xsTry
	{
		void *bytes;
		xsUnsignedValue size;
		xsmcSetString(xsVar(0), (char *)(uintptr_t)signature->hash);
		xsmcSetArrayBuffer(xsVar(1), (void *)(uintptr_t)signature->digest, (xsIntegerValue)signature->digest_size);
		xsmcSetString(xsVar(3), (char *)(uintptr_t)signature->scheme);
		xsmcCall(xsVar(2), xsArg(0), xsID_sign, &xsVar(0), &xsVar(1), &xsVar(3), NULL);
		xsType type = xsmcTypeOf(xsVar(2));
		if (type == xsStringType || type == xsStringXType) {
			snprintf(signature->message, sizeof signature->message, "%s", xsmcToString(xsVar(2)));
		} else {
			xsmcGetBufferReadable(xsVar(2), &bytes, &size);
			if (size <= signature->capacity) {
				memcpy(signature->signature, bytes, size);
				signature->size = size;
				done = true;
			}
		}
	}
	xsCatch
	{
	}
	return done && !binding->closed;
}

static tls_bytes_t get_bytes(xsMachine *the, xsSlot *slot)
{
	void *bytes;
	xsUnsignedValue size;
	bool is_constant = xsmcGetBufferReadable(*slot, &bytes, &size) == xsBufferNonrelocatable;
	return (tls_bytes_t){ bytes, size, is_constant };
}

/* Puts the elements of an array into variables, `first` and on; returns how many. */
static xsIntegerValue get_elements(xsMachine *the, xsSlot *array, xsIntegerValue first, xsIntegerValue most)
{
	xsmcGet(xsVar(first), *array, xsID_length);
	xsIntegerValue count = xsmcToInteger(xsVar(first));
	if (count < 0 || count > most)
		count = most;
	for (xsIntegerValue i = 0; i < count; i++)
		xsmcGetIndex(xsVar(first + i), *array, (xsIndex)i);
	return count;
}

/* (server_name, trustedRoots, certificate or undefined, minimum, maximum, ALPN protocols): undefined, or a failure. */
void xs_tls_engine_open(xsMachine *the)
{
	tls_bytes_t roots[MOST_ROOTS];
	tls_failure_t failure;
	tls_options_t options = { .roots = roots };
	xsmcVars(MOST_ROOTS + TLS_PROTOCOLS);
	binding_t *binding = calloc(1, sizeof *binding);
	if (!binding)
		xsUnknownError("out of memory");
	xsmcSetHostData(xsThis, binding);
	options.context = binding;
	options.minimum = (tls_version)xsmcToInteger(xsArg(3));
	options.maximum = (tls_version)xsmcToInteger(xsArg(4));
	options.root_count = (size_t)get_elements(the, &xsArg(1), 0, MOST_ROOTS);
	xsIntegerValue protocols = get_elements(the, &xsArg(5), MOST_ROOTS, TLS_PROTOCOLS);
	for (size_t i = 0; i < options.root_count; i++)
		roots[i] = get_bytes(the, &xsVar((xsIntegerValue)i));
	for (xsIntegerValue i = 0; i < protocols; i++)
		options.protocols[i] = xsmcToString(xsVar(MOST_ROOTS + i));
	if (xsmcTypeOf(xsArg(2)) != xsUndefinedType) {
		options.certificate = get_bytes(the, &xsArg(2));
		options.sign = sign;
	}
	options.server_name = xsmcToString(xsArg(0));
	binding->engine = tls_engine_open(&options, &failure);
	if (!binding->engine)
		return_failure(the, &failure);
}

/* (): a string, or undefined. */
void xs_tls_engine_warning(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	const char *warning = engine ? tls_engine_warning(engine) : NULL;
	if (warning)
		xsmcSetString(xsResult, (char *)(uintptr_t)warning);
}

/* (signer): the state. */
void xs_tls_engine_step(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	if (!engine)
		return;
	xsmcVars(4);
	binding_t *binding = xsmcGetHostDataValidate(xsThis, xs_tls_engine_destructor);
	binding->the = the;
	binding->stepping = true;
	tls_state state = tls_engine_step(engine);
	binding->stepping = false;
	if (binding->closed) {
		tls_engine_close(binding->engine);
		binding->engine = NULL;
		return;
	}
	xsmcSetInteger(xsResult, state);
}

void xs_tls_engine_close(xsMachine *the)
{
	binding_t *binding = xsmcGetHostDataValidate(xsThis, xs_tls_engine_destructor);
	if (!binding)
		return;
	if (binding->stepping) {
		binding->closed = true;
		return;
	}
	tls_engine_close(binding->engine);
	binding->engine = NULL;
}

void xs_tls_engine_room(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	return_size(the, engine ? tls_engine_room(engine) : 0);
}

void xs_tls_engine_pending(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	return_size(the, engine ? tls_engine_pending(engine) : 0);
}

void xs_tls_engine_readable(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	return_size(the, engine ? tls_engine_readable(engine) : 0);
}

void xs_tls_engine_writable(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	return_size(the, engine ? tls_engine_writable(engine) : 0);
}

void xs_tls_engine_overhead(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	return_size(the, engine ? tls_engine_overhead(engine) : 0);
}

typedef size_t source_t(tls_engine_t *engine, uint8_t *data, size_t size);
typedef size_t sink_t(tls_engine_t *engine, const uint8_t *data, size_t size);

/* (buffer): how many of its bytes were filled. */
static void fill(xsMachine *the, source_t *source)
{
	tls_engine_t *engine = get_engine(the);
	void *bytes;
	xsUnsignedValue size;
	xsmcGetBufferWritable(xsArg(0), &bytes, &size);
	return_size(the, engine ? source(engine, bytes, size) : 0);
}

/* (buffer): how many of its bytes were taken. */
static void take(xsMachine *the, sink_t *sink)
{
	tls_engine_t *engine = get_engine(the);
	void *bytes;
	xsUnsignedValue size;
	xsmcGetBufferReadable(xsArg(0), &bytes, &size);
	return_size(the, engine ? sink(engine, bytes, size) : 0);
}

void xs_tls_engine_feed(xsMachine *the)
{
	take(the, tls_engine_feed);
}

void xs_tls_engine_drain(xsMachine *the)
{
	fill(the, tls_engine_drain);
}

void xs_tls_engine_read(xsMachine *the)
{
	fill(the, tls_engine_read);
}

void xs_tls_engine_write(xsMachine *the)
{
	take(the, tls_engine_write);
}

void xs_tls_engine_end(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	if (engine)
		tls_engine_end(engine);
}

void xs_tls_engine_notify(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	if (engine)
		tls_engine_notify(engine);
}

/* (): the failure, or undefined. */
void xs_tls_engine_failure(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	if (!engine || tls_engine_failure(engine)->reason == TLS_REASON_NONE)
		return;
	xsmcVars(1);
	return_failure(the, tls_engine_failure(engine));
}

/* (): what was agreed, or undefined. */
void xs_tls_engine_info(xsMachine *the)
{
	tls_engine_t *engine = get_engine(the);
	if (!engine)
		return;
	tls_info_t info = tls_engine_info(engine);
	xsmcVars(1);
	xsmcSetNewObject(xsResult);
	set_string(the, xsID_version, info.version);
	set_string(the, xsID_cipherSuite, info.cipher_suite);
	if (info.protocol)
		set_string(the, xsID_protocol, info.protocol);
	set_string(the, xsID_serverSubject, info.server_subject);
	xsmcSetArrayBuffer(xsVar(0), (void *)(uintptr_t)info.server_sha256, 32);
	xsmcSet(xsResult, xsID_serverSha256, xsVar(0));
	xsmcSetNumber(xsVar(0), (xsNumberValue)info.server_valid_from);
	xsmcSet(xsResult, xsID_serverValidFrom, xsVar(0));
	xsmcSetBoolean(xsVar(0), info.certificate_used);
	xsmcSet(xsResult, xsID_certificateUsed, xsVar(0));
}
