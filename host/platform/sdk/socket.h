/* SPDX-License-Identifier: MIT */
/*
 * A non-blocking TCP connection with bounded buffers, over the loop. Knows no XS: tcp.c binds it.
 */
#ifndef HOST_SOCKET_H
#define HOST_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

/* TCP_SND_BUF and TCP_WND of the SDK's ESP32 configuration: four segments of 1436 bytes. */
enum { SOCKET_BUFFER_SIZE = 5744 };

typedef struct socket socket_t;

typedef enum { SOCKET_READABLE, SOCKET_WRITABLE, SOCKET_FAILED } socket_event;

/* Tells an event; `count` is bytes readable or writable. May call any function below, socket_close() included. */
typedef void (*socket_listener_t)(void *owner, socket_event event, size_t count);

/*
 * Starts to connect; SOCKET_WRITABLE tells that it succeeded, SOCKET_FAILED that it did not.
 * Returns NULL with errno when there is no memory or no socket.
 */
socket_t *socket_connect(const struct sockaddr_storage *address, socket_listener_t listener, void *owner);
/* Hands a connection to another owner, who gets the events that are due from the loop's next turn on. */
void socket_adopt(socket_t *self, socket_listener_t listener, void *owner);
/* Sends what was written, in the background, and frees the connection. */
void socket_close(socket_t *self);

/* True from the first SOCKET_WRITABLE until the connection ends. */
bool socket_is_connected(const socket_t *self);
/* True once the connection has failed or the peer has ended it; bytes may still be readable. */
bool socket_has_ended(const socket_t *self);
/* Why it failed, with what to try, in words; NULL when the peer ended it in order. */
const char *socket_failure(const socket_t *self);
size_t socket_readable(const socket_t *self);
size_t socket_writable(const socket_t *self);
/* Takes exactly `count` bytes, at most socket_readable(). */
void socket_read(socket_t *self, uint8_t *bytes, size_t count);
/* Gives `count` bytes, at most socket_writable(). */
void socket_write(socket_t *self, const uint8_t *bytes, size_t count);
void socket_set_no_delay(socket_t *self, bool enabled);
const struct sockaddr_storage *socket_address(const socket_t *self);

#endif
