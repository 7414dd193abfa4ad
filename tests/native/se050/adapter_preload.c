/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program, this makes the file ADAPTER_NODE an I2C adapter: each I2C_RDWR on it is one connection to
 * the simulated chip at ADAPTER_CHIP, so that several processes share the chip as they share a kernel's adapter.
 */
#include "bus_platform.h"
#include "posix_time.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/i2c.h>
#include <linux/i2c-dev.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 2000 };

static bool is_adapter(int fd)
{
	char link[64], path[512];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	const char *node = getenv("ADAPTER_NODE");
	if (length < 0 || node == NULL)
		return false;
	path[length] = 0;
	return strcmp(path, node) == 0;
}

/* Another process' transaction may be under way: a kernel has the second one wait. */
static bus_t *connect_chip(void)
{
	const struct bus_options options = { .name = "", .address = 0x48, .hz = 400000 };
	char reason[320] = "";
	for (int i = 0; i < TRIES; i++) {
		bus_t *bus = bus_sim_open(getenv("ADAPTER_CHIP"), &options, reason, sizeof reason);
		if (bus != NULL)
			return bus;
		posix_sleep(1000);
	}
	fprintf(stderr, "adapter: %s\n", reason);
	abort();
}

static int transfer(const struct i2c_msg *message)
{
	bus_t *bus = connect_chip();
	bus_result result = (message->flags & I2C_M_RD) != 0 ? bus_read(bus, message->buf, message->len)
														 : bus_write(bus, message->buf, message->len);
	bus_close(bus);
	if (result == BUS_OK)
		return 1;
	errno = result == BUS_NACK ? ENXIO : EIO;
	return -1;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	if (is_adapter(fd) && request == I2C_FUNCS) {
		*(unsigned long *)argument = I2C_FUNC_I2C;
		return 0;
	}
	if (is_adapter(fd) && request == I2C_RDWR)
		return transfer(((const struct i2c_rdwr_ioctl_data *)argument)->msgs);
	int (*next)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))(uintptr_t)dlsym(RTLD_NEXT, "ioctl");
	return next(fd, request, argument);
}
