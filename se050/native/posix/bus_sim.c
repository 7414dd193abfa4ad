/* SPDX-License-Identifier: MIT */
/* The simulator link over a Unix or TCP socket. */
#include "bus_platform.h"
#include "posix_time.h"
#include "sim_link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE = 30 }; /* seconds until a simulator that does not respond is given up */

struct bus_sim {
	struct sim_link link;
	int fd;
};

static bool fail_io(struct sim_link *link, ssize_t result)
{
	if (result == 0)
		return sim_link_fail(link, "the simulator closed the connection; start it again");
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return sim_link_fail(link, "the simulator does not respond; is it stopped?");
	return sim_link_fail(link, strerror(errno));
}

static bool send_all(struct sim_link *link, const uint8_t *data, size_t length)
{
	int fd = ((struct bus_sim *)link)->fd;
	while (length > 0) {
		ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return fail_io(link, sent);
		data += sent;
		length -= (size_t)sent;
	}
	return true;
}

static bool receive_all(struct sim_link *link, uint8_t *data, size_t length)
{
	int fd = ((struct bus_sim *)link)->fd;
	while (length > 0) {
		ssize_t received = recv(fd, data, length, 0);
		if (received < 0 && errno == EINTR)
			continue;
		if (received <= 0)
			return fail_io(link, received);
		data += received;
		length -= (size_t)received;
	}
	return true;
}

static bus_result sim_sleep(bus_t *base, uint32_t microseconds)
{
	if (((struct sim_link *)base)->is_virtual)
		return sim_link_sleep(base, microseconds);
	posix_sleep(microseconds);
	return BUS_OK;
}

static uint64_t sim_now(bus_t *base)
{
	const struct sim_link *link = (const struct sim_link *)base;
	return link->is_virtual ? link->time : posix_now();
}

static void sim_close(bus_t *base)
{
	/* The next host's time begins after it. If it fails, nobody is left who wants to know. */
	sim_link_flush((struct sim_link *)base);
	close(((struct bus_sim *)base)->fd);
	free(base);
}

static const struct bus_operations operations = {
	.write = sim_link_write, .read = sim_link_read, .sleep = sim_sleep, .now = sim_now, .close = sim_close
};

static const char *connect_remedy(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such socket; start the simulator first, or correct the path";
	case ECONNREFUSED:
		return "nothing listens there; start the simulator";
	case EACCES:
		return "the socket belongs to another user";
	default:
		return "check the bus' name";
	}
}

static int connect_socket(int family, const struct sockaddr *address, socklen_t length)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	struct timeval patience = { .tv_sec = PATIENCE };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, address, length) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int connect_unix(const char *path, char *reason, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path) {
		snprintf(reason, size, "sim:%.80s: a socket's path may have %zu bytes; use a shorter one", path,
			sizeof address.sun_path - 1);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = connect_socket(AF_UNIX, (const struct sockaddr *)&address, sizeof address);
	if (fd < 0)
		snprintf(reason, size, "sim:%s: %s: %s", path, strerror(errno), connect_remedy(errno));
	return fd;
}

static int connect_tcp(const char *where, char *reason, size_t size)
{
	const char *colon = strrchr(where, ':');
	char host[256];
	if (colon == NULL || colon == where || colon[1] == 0 || (size_t)(colon - where) >= sizeof host) {
		snprintf(reason, size, "sim:%s: use sim:/path/to/socket or sim:host:port", where);
		return -1;
	}
	memcpy(host, where, (size_t)(colon - where));
	host[colon - where] = 0;

	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses = NULL;
	int status = getaddrinfo(host, colon + 1, &hints, &addresses);
	if (status != 0) {
		snprintf(reason, size, "sim:%s: %s", where, gai_strerror(status));
		return -1;
	}
	int fd = -1;
	for (const struct addrinfo *each = addresses; each != NULL && fd < 0; each = each->ai_next)
		fd = connect_socket(each->ai_family, each->ai_addr, each->ai_addrlen);
	int error = errno;
	freeaddrinfo(addresses);
	if (fd < 0) {
		snprintf(reason, size, "sim:%s: %s: %s", where, strerror(error), connect_remedy(error));
		return -1;
	}
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

bus_t *bus_sim_open(const char *where, const struct bus_options *options, char *reason, size_t size)
{
	int fd = strchr(where, '/') != NULL ? connect_unix(where, reason, size) : connect_tcp(where, reason, size);
	if (fd < 0)
		return NULL;
	struct bus_sim *bus = calloc(1, sizeof *bus);
	if (bus == NULL) {
		snprintf(reason, size, "sim:%s: out of memory", where);
		close(fd);
		return NULL;
	}
	struct sim_link *link = &bus->link;
	link->base.operations = &operations;
	link->send = send_all;
	link->receive = receive_all;
	link->address = options->address;
	bus->fd = fd;
	if (sim_link_greet(link, options->hz))
		return &link->base;
	snprintf(reason, size, "sim:%s: %s", where, link->text);
	sim_close(&link->base);
	return NULL;
}
