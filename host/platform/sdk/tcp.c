/* SPDX-License-Identifier: MIT */
/*
 * Stand-in of the SDK's TCP socket: binds socket.c to the class.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "socket.h"

typedef enum { FORMAT_BUFFER, FORMAT_NUMBER } format_t;

typedef struct {
	xsMachine *the;
	xsSlot self;
	socket_t *socket;
	format_t format;
	xsSlot *callbacks[SOCKET_FAILED + 1];
} tcp_socket_t;

static void mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
	tcp_socket_t *tcp = data;
	for (size_t i = 0; tcp && i <= SOCKET_FAILED; i++) {
		if (tcp->callbacks[i])
			mark_root(the, tcp->callbacks[i]);
	}
}

static const xsHostHooks hooks = { xs_tcp_destructor, mark, NULL };

void xs_tcp_destructor(void *data)
{
	tcp_socket_t *tcp = data;
	if (!tcp)
		return;
	socket_close(tcp->socket);
	free(tcp);
}

/* The open connection behind `this`; throws for one that is closed. */
static tcp_socket_t *open_connection(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

static void notify(void *owner, socket_event event, size_t count)
{
	tcp_socket_t *tcp = owner;
	xsMachine *machine = tcp->the;
	if (!tcp->callbacks[event])
		return;
	xsBeginHost(machine);
	{
		xsmcVars(2);
		xsVar(0) = xsAccess(tcp->self);
		const char *failure = socket_failure(tcp->socket);
		if (event != SOCKET_FAILED)
			xsmcSetInteger(xsVar(1), (xsIntegerValue)count);
		else if (failure)
			xsmcSetString(xsVar(1), (xsStringValue)failure);
		xsCallFunction1(xsReference(tcp->callbacks[event]), xsVar(0), xsVar(1));
	}
	xsEndHost(machine);
}

static format_t parse_format(const char *name)
{
	return strcmp(name, "buffer") == 0 ? FORMAT_BUFFER : strcmp(name, "number") == 0 ? FORMAT_NUMBER : (format_t)-1;
}

static format_t format_option(xsMachine *the, xsSlot *scratch)
{
	xsmcGet(*scratch, xsArg(0), xsID_format);
	if (xsmcTypeOf(*scratch) == xsUndefinedType)
		return FORMAT_BUFFER;
	format_t format = parse_format(xsmcToString(*scratch));
	if (format != FORMAT_BUFFER && format != FORMAT_NUMBER)
		xsRangeError("TCP: format is \"buffer\" or \"number\"");
	return format;
}

/* Leaves a callback option in a variable, where the collector sees it. */
static void callback_option(xsMachine *the, xsIdentifier id, xsSlot *variable)
{
	xsmcGet(*variable, xsArg(0), id);
	xsType type = xsmcTypeOf(*variable);
	if (type == xsUndefinedType || type == xsNullType)
		xsmcSetUndefined(*variable);
	else if (!xsmcIsCallable(*variable))
		xsTypeError("TCP: a callback is not a function");
}

static bool parse_address(const char *text, uint16_t port, struct sockaddr_storage *storage)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;
	memset(storage, 0, sizeof *storage);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return true;
	}
	return false;
}

static void address_options(xsMachine *the, xsSlot *scratch, struct sockaddr_storage *address)
{
	char text[INET6_ADDRSTRLEN];
	xsmcGet(*scratch, xsArg(0), xsID_port);
	xsIntegerValue port = xsmcTypeOf(*scratch) == xsUndefinedType ? -1 : xsmcToInteger(*scratch);
	if (port < 0 || port > UINT16_MAX)
		xsRangeError("TCP: port is 0 to 65535");
	xsmcGet(*scratch, xsArg(0), xsID_address);
	if (xsmcTypeOf(*scratch) == xsUndefinedType || strlen(xsmcToString(*scratch)) >= sizeof text)
		xsUnknownError("TCP: address is a literal IPv4 or IPv6 address");
	xsmcToStringBuffer(*scratch, text, sizeof text);
	if (!parse_address(text, (uint16_t)port, address))
		xsUnknownError("TCP: %s is not an IPv4 or IPv6 address", text);
}

static void release_script(xsMachine *the, tcp_socket_t *tcp)
{
	xsmcSetHostData(tcp->self, NULL);
	xsmcSetHostDestructor(tcp->self, NULL);
	xsForget(tcp->self);
}

/* Takes the connection away from another instance, which is closed then. */
static socket_t *take_from(xsMachine *the, xsSlot *other)
{
	tcp_socket_t *from = xsmcGetHostDataValidate(*other, (void *)&hooks);
	socket_t *socket = from->socket;
	release_script(the, from);
	free(from);
	return socket;
}

static void keep_callbacks(xsMachine *the, tcp_socket_t *tcp, xsIntegerValue first)
{
	for (xsIntegerValue i = 0; i <= SOCKET_FAILED; i++) {
		if (xsmcTypeOf(xsVar(first + i)) != xsUndefinedType)
			tcp->callbacks[i] = xsmcToReference(xsVar(first + i));
	}
}

enum { SCRATCH, FROM, FIRST_CALLBACK, VARIABLES = FIRST_CALLBACK + SOCKET_FAILED + 1 };

void xs_tcp_constructor(xsMachine *the)
{
	struct sockaddr_storage address;
	xsmcVars(VARIABLES);
	format_t format = format_option(the, &xsVar(SCRATCH));
	callback_option(the, xsID_onReadable, &xsVar(FIRST_CALLBACK + SOCKET_READABLE));
	callback_option(the, xsID_onWritable, &xsVar(FIRST_CALLBACK + SOCKET_WRITABLE));
	callback_option(the, xsID_onError, &xsVar(FIRST_CALLBACK + SOCKET_FAILED));
	xsmcGet(xsVar(SCRATCH), xsArg(0), xsID_nodelay);
	bool has_no_delay = xsmcTypeOf(xsVar(SCRATCH)) != xsUndefinedType, no_delay = xsmcToBoolean(xsVar(SCRATCH));
	xsmcGet(xsVar(FROM), xsArg(0), xsID_from);
	bool adopts = xsmcTypeOf(xsVar(FROM)) != xsUndefinedType;
	if (adopts)
		xsmcGetHostDataValidate(xsVar(FROM), (void *)&hooks);
	else
		address_options(the, &xsVar(SCRATCH), &address);

	tcp_socket_t *tcp = calloc(1, sizeof *tcp);
	if (tcp)
		tcp->socket = adopts ? take_from(the, &xsVar(FROM)) : socket_connect(&address, notify, tcp);
	if (!tcp || !tcp->socket) {
		free(tcp);
		xsRangeError("TCP: no socket left: %s", strerror(errno));
	}
	if (adopts)
		socket_adopt(tcp->socket, notify, tcp);
	if (has_no_delay)
		socket_set_no_delay(tcp->socket, no_delay);
	tcp->the = the;
	tcp->format = format;
	tcp->self = xsThis;
	keep_callbacks(the, tcp, FIRST_CALLBACK);
	xsmcSetHostData(xsThis, tcp);
	xsSetHostHooks(xsThis, &hooks);
	xsRemember(tcp->self);
}

void xs_tcp_close(xsMachine *the)
{
	tcp_socket_t *tcp = xsGetHostHooksIf(xsThis) == &hooks ? xsmcGetHostData(xsThis) : NULL;
	if (!tcp)
		return;
	release_script(the, tcp);
	xs_tcp_destructor(tcp);
}

static void read_into(xsMachine *the, tcp_socket_t *tcp)
{
	void *bytes;
	xsUnsignedValue size;
	xsmcGetBufferWritable(xsArg(0), &bytes, &size);
	if (size == 0 || size > socket_readable(tcp->socket))
		xsUnknownError("TCP.read: fewer bytes were received");
	socket_read(tcp->socket, bytes, size);
	xsmcSetInteger(xsResult, (xsIntegerValue)size);
}

static void read_bytes(xsMachine *the, tcp_socket_t *tcp, xsIntegerValue count)
{
	if (count <= 0 || (size_t)count > socket_readable(tcp->socket))
		xsUnknownError("TCP.read: fewer bytes were received");
	void *bytes = xsmcSetArrayBuffer(xsResult, NULL, count);
	socket_read(tcp->socket, bytes, (size_t)count);
}

void xs_tcp_read(xsMachine *the)
{
	tcp_socket_t *tcp = open_connection(the);
	size_t readable = socket_readable(tcp->socket);
	xsType type = xsmcArgc > 0 ? xsmcTypeOf(xsArg(0)) : xsUndefinedType;
	if (readable == 0)
		return;
	if (tcp->format == FORMAT_NUMBER) {
		uint8_t byte;
		socket_read(tcp->socket, &byte, 1);
		xsmcSetInteger(xsResult, byte);
	} else if (type == xsReferenceType)
		read_into(the, tcp);
	else if (type == xsUndefinedType)
		read_bytes(the, tcp, (xsIntegerValue)readable);
	else
		read_bytes(the, tcp, xsmcToInteger(xsArg(0)));
}

static void write_bytes(xsMachine *the, const tcp_socket_t *tcp, const void *bytes, size_t size)
{
	if (size > socket_writable(tcp->socket))
		xsUnknownError("TCP.write: would block");
	socket_write(tcp->socket, bytes, size);
	xsmcSetInteger(xsResult, (xsIntegerValue)socket_writable(tcp->socket));
}

void xs_tcp_write(xsMachine *the)
{
	uint8_t byte = open_connection(the)->format == FORMAT_NUMBER ? (uint8_t)xsmcToInteger(xsArg(0)) : 0;
	const tcp_socket_t *tcp = open_connection(the);
	if (socket_has_ended(tcp->socket))
		return;
	if (!socket_is_connected(tcp->socket))
		xsUnknownError("TCP.write: not connected yet");
	if (tcp->format == FORMAT_NUMBER) {
		write_bytes(the, tcp, &byte, 1);
		return;
	}
	void *bytes;
	xsUnsignedValue size;
	xsmcGetBufferReadable(xsArg(0), &bytes, &size);
	write_bytes(the, tcp, bytes, size);
}

void xs_tcp_get_remoteAddress(xsMachine *the)
{
	const struct sockaddr_storage *address = socket_address(open_connection(the)->socket);
	char text[INET6_ADDRSTRLEN] = "";
	if (address->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, sizeof text);
	else
		inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
	xsmcSetString(xsResult, text);
}

void xs_tcp_get_remotePort(xsMachine *the)
{
	const struct sockaddr_storage *address = socket_address(open_connection(the)->socket);
	in_port_t port = address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
													: ((const struct sockaddr_in *)address)->sin_port;
	xsmcSetInteger(xsResult, ntohs(port));
}

void xs_tcp_get_format(xsMachine *the)
{
	xsmcSetString(xsResult, open_connection(the)->format == FORMAT_NUMBER ? "number" : "buffer");
}

void xs_tcp_set_format(xsMachine *the)
{
	format_t format = parse_format(xsmcToString(xsArg(0)));
	if (format != FORMAT_BUFFER && format != FORMAT_NUMBER)
		xsRangeError("TCP: format is \"buffer\" or \"number\"");
	open_connection(the)->format = format;
}
