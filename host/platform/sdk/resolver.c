/* SPDX-License-Identifier: MIT */
/*
 * Names to addresses with getaddrinfo(3), each on a thread of its own, so that the loop never waits.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"

/* Shared with the thread; who comes second frees it. */
typedef struct {
	atomic_bool left;
	int event;
	int failure; /* getaddrinfo's */
	char address[INET6_ADDRSTRLEN];
	char host[];
} query_t;

typedef struct {
	loop_descriptor_t descriptor;
	query_t *query;
	xsMachine *the;
	xsSlot self;
	xsSlot *callback;
} lookup_t;

static void leave(query_t *query)
{
	if (!atomic_exchange(&query->left, true))
		return;
	close(query->event);
	free(query);
}

static void mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
	lookup_t *lookup = data;
	if (lookup && lookup->callback)
		mark_root(the, lookup->callback);
}

static const xsHostHooks hooks = { xs_lookup_destructor, mark, NULL };

void xs_lookup_destructor(void *data)
{
	lookup_t *lookup = data;
	if (!lookup)
		return;
	loop_remove_descriptor(&lookup->descriptor);
	leave(lookup->query);
	free(lookup);
}

static void release_script(xsMachine *the, lookup_t *lookup)
{
	xsmcSetHostData(lookup->self, NULL);
	xsmcSetHostDestructor(lookup->self, NULL);
	xsForget(lookup->self);
}

static void text_of(const struct sockaddr *address, char *text, size_t size)
{
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, (socklen_t)size);
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, (socklen_t)size);
}

/* The first IPv4 address, as on the board; where there is none, the first of all. */
static const struct addrinfo *preferred(const struct addrinfo *all)
{
	for (const struct addrinfo *info = all; info; info = info->ai_next) {
		if (info->ai_family == AF_INET)
			return info;
	}
	return all;
}

static void *ask(void *argument)
{
	query_t *query = argument;
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;
	query->failure = getaddrinfo(query->host, NULL, &hints, &all);
	if (query->failure == 0 && all) {
		text_of(preferred(all)->ai_addr, query->address, sizeof query->address);
		freeaddrinfo(all);
	}
	eventfd_write(query->event, 1);
	leave(query);
	return NULL;
}

static const char *failure_of(const query_t *query)
{
	switch (query->failure) {
	case EAI_NONAME:
	case EAI_NODATA:
		return "there is no such name: check the endpoint's spelling";
	case EAI_AGAIN:
	case EAI_FAIL:
		return "no name server answers, or none knows it: check the network and its DNS, then the endpoint's spelling";
	default:
		return "check the endpoint's spelling, the network and its DNS";
	}
}

static void answered(loop_descriptor_t *descriptor, short revents)
{
	lookup_t *lookup = (lookup_t *)descriptor;
	xsMachine *machine = lookup->the;
	(void)revents;
	loop_remove_descriptor(descriptor);
	xsBeginHost(machine);
	{
		xsmcVars(3);
		xsVar(0) = xsReference(lookup->callback);
		if (lookup->query->address[0])
			xsmcSetString(xsVar(1), lookup->query->address);
		else
			xsmcSetString(xsVar(2), (xsStringValue)failure_of(lookup->query));
		release_script(the, lookup);
		xs_lookup_destructor(lookup);
		xsCallFunction2(xsVar(0), xsGlobal, xsVar(1), xsVar(2));
	}
	xsEndHost(machine);
}

static query_t *new_query(const char *host)
{
	size_t size = strlen(host) + 1;
	query_t *query = calloc(1, sizeof *query + size);
	if (!query)
		return NULL;
	memcpy(query->host, host, size);
	query->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (query->event < 0) {
		free(query);
		return NULL;
	}
	return query;
}

static bool start_thread(query_t *query)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, ask, query) != 0)
		return false;
	pthread_detach(thread);
	return true;
}

void xs_lookup_constructor(xsMachine *the)
{
	query_t *query = new_query(xsmcToString(xsArg(0)));
	lookup_t *lookup = calloc(1, sizeof *lookup);
	if (!query || !lookup || !start_thread(query)) {
		if (query) {
			close(query->event);
			free(query);
		}
		free(lookup);
		xsUnknownError("Resolver: no memory or thread left");
	}
	lookup->descriptor = (loop_descriptor_t){ .descriptor = query->event, .events = POLLIN, .ready = answered };
	lookup->query = query;
	lookup->the = the;
	lookup->self = xsThis;
	lookup->callback = xsmcToReference(xsArg(1));
	xsmcSetHostData(xsThis, lookup);
	xsSetHostHooks(xsThis, &hooks);
	xsRemember(lookup->self);
	loop_add_descriptor(&lookup->descriptor);
}

void xs_lookup_close(xsMachine *the)
{
	lookup_t *lookup = xsGetHostHooksIf(xsThis) == &hooks ? xsmcGetHostData(xsThis) : NULL;
	if (!lookup)
		return;
	release_script(the, lookup);
	xs_lookup_destructor(lookup);
}

void xs_lookup_is_literal(xsMachine *the)
{
	struct in6_addr address;
	const char *text = xsmcToString(xsArg(0));
	xsmcSetBoolean(xsResult, inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1);
}
