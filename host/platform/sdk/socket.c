/* SPDX-License-Identifier: MIT */
#include "socket.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long a closed connection may take to send what was written, in microseconds. */
enum { LINGER = 5 * 1000000 };

typedef struct {
	size_t start, length;
	uint8_t bytes[SOCKET_BUFFER_SIZE];
} queue_t;

struct socket {
	loop_descriptor_t descriptor;
	/* Events that do not come from poll(2); the linger time after close. */
	loop_timer_t timer;
	socket_listener_t listener;
	void *owner;
	struct sockaddr_storage address;
	int file;
	int error;
	unsigned holds;
	bool connected, ended, failure_told, closed;
	queue_t input, output;
};

static size_t queue_room(const queue_t *queue)
{
	return sizeof queue->bytes - queue->length;
}

/* Moves the content to the front, so that all free room comes after it. */
static void queue_align(queue_t *queue)
{
	memmove(queue->bytes, queue->bytes + queue->start, queue->length);
	queue->start = 0;
}

static void queue_drop(queue_t *queue, size_t count)
{
	queue->start += count;
	queue->length -= count;
	if (queue->length == 0)
		queue->start = 0;
}

static void hold(socket_t *self)
{
	self->holds++;
}

static void release(socket_t *self)
{
	if (--self->holds > 0)
		return;
	loop_remove_descriptor(&self->descriptor);
	loop_remove_timer(&self->timer);
	close(self->file);
	free(self);
}

static void tell(socket_t *self, socket_event event, size_t count)
{
	if (!self->closed)
		self->listener(self->owner, event, count);
}

static void tell_failure(socket_t *self)
{
	if (self->failure_told)
		return;
	self->failure_told = true;
	tell(self, SOCKET_FAILED, 0);
}

/* Which of poll(2)'s events can be used now. A descriptor of -1 keeps the loop running without being watched. */
static void watch(socket_t *self)
{
	short events = 0;
	if (self->connected && !self->closed && queue_room(&self->input) > 0)
		events |= POLLIN;
	if (!self->connected || self->output.length > 0)
		events |= POLLOUT;
	self->descriptor.events = events;
	self->descriptor.descriptor = events ? self->file : -1;
}

/* No more from the peer: `error` is 0 or why. What is left of the close waits for nothing. */
static void end(socket_t *self, int error)
{
	self->ended = true;
	self->error = error;
	self->output.length = 0;
	loop_remove_descriptor(&self->descriptor);
	if (self->closed)
		loop_add_timer(&self->timer, 0);
	else if (self->input.length == 0)
		tell_failure(self);
}

static void finish_connecting(socket_t *self)
{
	int error = 0;
	socklen_t size = sizeof error;
	if (getsockopt(self->file, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
		end(self, error ? error : errno);
		return;
	}
	self->connected = true;
	watch(self);
	tell(self, SOCKET_WRITABLE, queue_room(&self->output));
}

static void receive(socket_t *self)
{
	queue_t *input = &self->input;
	queue_align(input);
	ssize_t count = recv(self->file, input->bytes + input->length, queue_room(input), 0);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count <= 0) {
		end(self, count < 0 ? errno : 0);
		return;
	}
	input->length += (size_t)count;
	watch(self);
	tell(self, SOCKET_READABLE, input->length);
}

static void transmit(socket_t *self)
{
	queue_t *output = &self->output;
	ssize_t count = send(self->file, output->bytes + output->start, output->length, MSG_NOSIGNAL);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count < 0) {
		end(self, errno);
		return;
	}
	queue_drop(output, (size_t)count);
	watch(self);
	if (self->closed && output->length == 0)
		loop_add_timer(&self->timer, 0);
	else
		tell(self, SOCKET_WRITABLE, queue_room(output));
}

static void ready(loop_descriptor_t *descriptor, short revents)
{
	socket_t *self = (socket_t *)descriptor;
	short failed = revents & (POLLERR | POLLHUP | POLLNVAL);
	hold(self);
	if (!self->connected)
		finish_connecting(self);
	else {
		if (!self->closed && queue_room(&self->input) > 0 && ((revents & POLLIN) || failed))
			receive(self);
		if (!self->ended && self->output.length > 0 && ((revents & POLLOUT) || failed))
			transmit(self);
	}
	release(self);
}

/* A turn of its own for what happened outside of poll(2). */
static void due(loop_timer_t *timer)
{
	socket_t *self = (socket_t *)((uint8_t *)timer - offsetof(socket_t, timer));
	if (self->closed) {
		release(self);
		return;
	}
	hold(self);
	if (self->input.length > 0)
		tell(self, SOCKET_READABLE, self->input.length);
	if (self->ended && self->input.length == 0)
		tell_failure(self);
	else if (self->connected && !self->ended)
		tell(self, SOCKET_WRITABLE, queue_room(&self->output));
	release(self);
}

static socklen_t address_size(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static void start_connecting(socket_t *self)
{
	int result = connect(self->file, (const struct sockaddr *)&self->address, address_size(&self->address));
	watch(self);
	loop_add_descriptor(&self->descriptor);
	if (result == 0 || errno == EINPROGRESS)
		return;
	self->ended = true;
	self->error = errno;
	loop_remove_descriptor(&self->descriptor);
	loop_add_timer(&self->timer, 0);
}

socket_t *socket_connect(const struct sockaddr_storage *address, socket_listener_t listener, void *owner)
{
	socket_t *self = calloc(1, sizeof *self);
	if (!self)
		return NULL;
	self->file = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (self->file < 0) {
		free(self);
		return NULL;
	}
	self->descriptor.ready = ready;
	self->timer.expired = due;
	self->address = *address;
	self->listener = listener;
	self->owner = owner;
	self->holds = 1;
	start_connecting(self);
	return self;
}

void socket_adopt(socket_t *self, socket_listener_t listener, void *owner)
{
	self->listener = listener;
	self->owner = owner;
	self->failure_told = false;
	loop_add_timer(&self->timer, 0);
}

void socket_close(socket_t *self)
{
	self->closed = true;
	if (self->connected && !self->ended && self->output.length > 0) {
		watch(self);
		loop_add_timer(&self->timer, loop_microseconds() + LINGER);
	} else {
		loop_remove_descriptor(&self->descriptor);
		loop_remove_timer(&self->timer);
		release(self);
	}
}

bool socket_is_connected(const socket_t *self)
{
	return self->connected && !self->ended;
}

bool socket_has_ended(const socket_t *self)
{
	return self->ended;
}

const char *socket_failure(const socket_t *self)
{
	switch (self->error) {
	case 0:
		return NULL;
	case ECONNREFUSED:
		return "the connection was refused: nothing listens there, or a firewall refuses it; check the port";
	case ETIMEDOUT:
		return "no answer in time: the address is wrong, the host is down, or a firewall drops what is sent to it";
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
		return "there is no way to it: check the network, the gateway and the address";
	case ECONNRESET:
	case EPIPE:
		return "the connection was reset by the far end or a firewall";
	case EACCES:
	case EPERM:
		return "this machine's firewall forbids it";
	default:
		return strerror(self->error);
	}
}

size_t socket_readable(const socket_t *self)
{
	return self->input.length;
}

size_t socket_writable(const socket_t *self)
{
	return socket_is_connected(self) ? queue_room(&self->output) : 0;
}

void socket_read(socket_t *self, uint8_t *bytes, size_t count)
{
	memcpy(bytes, self->input.bytes + self->input.start, count);
	queue_drop(&self->input, count);
	if (!self->ended)
		watch(self);
	else if (self->input.length == 0)
		loop_add_timer(&self->timer, 0);
}

void socket_write(socket_t *self, const uint8_t *bytes, size_t count)
{
	queue_t *output = &self->output;
	queue_align(output);
	memcpy(output->bytes + output->length, bytes, count);
	output->length += count;
	watch(self);
}

void socket_set_no_delay(socket_t *self, bool enabled)
{
	int value = enabled;
	setsockopt(self->file, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
}

const struct sockaddr_storage *socket_address(const socket_t *self)
{
	return &self->address;
}
