/* SPDX-License-Identifier: MIT */
/* The host's end of the simulator link, version 1: docs/simulator-link.md. */
#include "bus_platform.h"
#include "posix_time.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	VERSION = 1,

	HELLO = 0x01,
	WRITE = 0x02,
	READ = 0x03,
	SLEEP = 0x04,

	WELCOME = 0x81,
	ACK = 0x82,
	DATA = 0x83,
	NACK = 0x84,
	ERROR = 0x8F,

	HEADER = 3,
	TIME = 8,
	LENGTH_MAX = 1024,
	PATIENCE = 30 /* seconds until a simulator that does not respond is given up */
};

struct bus_sim {
	bus_t base;
	int fd;
	uint8_t address;
	bool is_virtual;
	uint64_t time; /* of the last response */
	size_t length; /* of the last response's payload */
	char text[320];
	uint8_t message[HEADER + LENGTH_MAX];
};

static void put_u16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void put_u32(uint8_t *to, uint32_t value)
{
	put_u16(to, value >> 16);
	put_u16(to + 2, value & 0xFFFF);
}

static size_t get_u16(const uint8_t *from)
{
	return (size_t)from[0] << 8 | from[1];
}

static uint64_t get_u64(const uint8_t *from)
{
	uint64_t value = 0;
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | from[i];
	return value;
}

static bool fail(struct bus_sim *bus, const char *cause)
{
	snprintf(bus->text, sizeof bus->text, "simulator link: %s", cause);
	bus->base.reason = bus->text;
	return false;
}

static bool fail_io(struct bus_sim *bus, ssize_t result)
{
	if (result == 0)
		return fail(bus, "the simulator closed the connection; start it again");
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return fail(bus, "the simulator does not respond; is it stopped?");
	return fail(bus, strerror(errno));
}

static bool send_all(struct bus_sim *bus, const uint8_t *data, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(bus->fd, data, length, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return fail_io(bus, sent);
		data += sent;
		length -= (size_t)sent;
	}
	return true;
}

static bool receive_all(struct bus_sim *bus, uint8_t *data, size_t length)
{
	while (length > 0) {
		ssize_t received = recv(bus->fd, data, length, 0);
		if (received < 0 && errno == EINTR)
			continue;
		if (received <= 0)
			return fail_io(bus, received);
		data += received;
		length -= (size_t)received;
	}
	return true;
}

/* Where a response's payload lies, behind its time. */
static const uint8_t *payload(const struct bus_sim *bus)
{
	return bus->message + HEADER + TIME;
}

static bool receive_response(struct bus_sim *bus)
{
	if (!receive_all(bus, bus->message, HEADER))
		return false;
	size_t length = get_u16(bus->message + 1);
	if (length < TIME || length > LENGTH_MAX)
		return fail(bus, "a response of impossible length: this is no simulator of an SE050");
	if (!receive_all(bus, bus->message + HEADER, length))
		return false;
	bus->time = get_u64(bus->message + HEADER);
	bus->length = length - TIME;
	return true;
}

/* Sends the request whose payload is in place and waits for its response, whatever its type; false with a reason. */
static bool request(struct bus_sim *bus, uint8_t type, size_t length)
{
	bus->message[0] = type;
	put_u16(bus->message + 1, length);
	/* A refused connection is closed before the first request: read the refusal although sending fails. */
	bool sent = send_all(bus, bus->message, HEADER + length);
	if (!receive_response(bus))
		return false;
	if (bus->message[0] == ERROR) {
		snprintf(bus->text, sizeof bus->text, "simulator link: refused: %.*s",
			(int)(bus->length < 256 ? bus->length : 256), (const char *)payload(bus));
		bus->base.reason = bus->text;
		return false;
	}
	return sent;
}

static bool unexpected(struct bus_sim *bus)
{
	return fail(bus, "a response that the protocol does not allow here; versions differ?");
}

static bus_result sim_write(bus_t *base, const uint8_t *frame, size_t length)
{
	struct bus_sim *bus = (struct bus_sim *)base;
	if (length == 0 || length + 2 > LENGTH_MAX) {
		fail(bus, "a write of this length is not possible");
		return BUS_ERROR;
	}
	bus->message[HEADER] = bus->address;
	bus->message[HEADER + 1] = 0;
	memcpy(bus->message + HEADER + 2, frame, length);
	if (!request(bus, WRITE, length + 2))
		return BUS_ERROR;
	if (bus->message[0] == NACK && bus->length == 2)
		return BUS_NACK;
	if (bus->message[0] == ACK && bus->length == 2 && get_u16(payload(bus)) == length)
		return BUS_OK;
	unexpected(bus);
	return BUS_ERROR;
}

static bus_result sim_read(bus_t *base, uint8_t *buffer, size_t length)
{
	struct bus_sim *bus = (struct bus_sim *)base;
	if (length == 0 || length + TIME > LENGTH_MAX) {
		fail(bus, "a read of this length is not possible");
		return BUS_ERROR;
	}
	bus->message[HEADER] = bus->address;
	bus->message[HEADER + 1] = 0;
	put_u16(bus->message + HEADER + 2, length);
	if (!request(bus, READ, 4))
		return BUS_ERROR;
	if (bus->message[0] == NACK && bus->length == 2)
		return BUS_NACK;
	if (bus->message[0] == DATA && bus->length == length) {
		memcpy(buffer, payload(bus), length);
		return BUS_OK;
	}
	unexpected(bus);
	return BUS_ERROR;
}

static bus_result sleep_virtually(struct bus_sim *bus, uint32_t microseconds)
{
	put_u32(bus->message + HEADER, microseconds);
	if (!request(bus, SLEEP, 4))
		return BUS_ERROR;
	if (bus->message[0] == ACK)
		return BUS_OK;
	unexpected(bus);
	return BUS_ERROR;
}

static bus_result sim_sleep(bus_t *base, uint32_t microseconds)
{
	struct bus_sim *bus = (struct bus_sim *)base;
	if (bus->is_virtual)
		return sleep_virtually(bus, microseconds);
	posix_sleep(microseconds);
	return BUS_OK;
}

static uint64_t sim_now(bus_t *base)
{
	struct bus_sim *bus = (struct bus_sim *)base;
	return bus->is_virtual ? bus->time : posix_now();
}

static void sim_close(bus_t *base)
{
	struct bus_sim *bus = (struct bus_sim *)base;
	close(bus->fd);
	free(bus);
}

static const struct bus_operations operations = {
	.write = sim_write, .read = sim_read, .sleep = sim_sleep, .now = sim_now, .close = sim_close
};

static const char *connect_remedy(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such socket; start the simulator first, or correct the path";
	case ECONNREFUSED:
		return "nobody listens there; start the simulator";
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

static bool greet(struct bus_sim *bus, uint32_t hz)
{
	bus->message[HEADER] = VERSION;
	put_u32(bus->message + HEADER + 1, hz);
	if (!request(bus, HELLO, 5))
		return false;
	if (bus->message[0] != WELCOME || bus->length != 2 || payload(bus)[0] != VERSION || payload(bus)[1] > 1)
		return unexpected(bus);
	bus->is_virtual = payload(bus)[1] == 1;
	return true;
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
	bus->base.operations = &operations;
	bus->fd = fd;
	bus->address = options->address;
	if (greet(bus, options->hz))
		return &bus->base;
	snprintf(reason, size, "sim:%s: %s", where, bus->text);
	sim_close(&bus->base);
	return NULL;
}
