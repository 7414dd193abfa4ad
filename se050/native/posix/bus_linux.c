/* SPDX-License-Identifier: MIT */
/* A bus on Linux' I2C adapters: plain messages through I2C_RDWR (Documentation/i2c/dev-interface.rst of the kernel). */
#include "bus_platform.h"
#include "posix_time.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c.h>
#include <linux/i2c-dev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct bus_linux {
	bus_t base;
	int fd;
	uint16_t address;
	char text[160];
};

static bus_result transfer_failed(struct bus_linux *bus, int error)
{
	const char *remedy;
	switch (error) {
	case ENXIO:		/* address not acknowledged: Documentation/i2c/fault-codes.rst */
	case EREMOTEIO: /* the same, from adapters that do not tell where the NACK was */
		return BUS_NACK;
	case ETIMEDOUT:
		remedy = "SCL or SDA is held low: check the wiring and pull-ups, then switch the chip's power off and on";
		break;
	case EAGAIN:
		remedy = "lost arbitration: another master is on the bus";
		break;
	default:
		remedy = "check the wiring, the pull-ups and the adapter's clock";
	}
	snprintf(bus->text, sizeof bus->text, "I2C adapter: %s: %s", strerror(error), remedy);
	bus->base.reason = bus->text;
	return BUS_ERROR;
}

static bus_result transfer(struct bus_linux *bus, uint16_t flags, uint8_t *data, size_t length)
{
	struct i2c_msg message = { .addr = bus->address, .flags = flags, .len = (uint16_t)length, .buf = data };
	struct i2c_rdwr_ioctl_data transaction = { .msgs = &message, .nmsgs = 1 };
	if (length == 0 || length > UINT16_MAX)
		return transfer_failed(bus, EINVAL);
	int result;
	do
		result = ioctl(bus->fd, I2C_RDWR, &transaction);
	while (result < 0 && errno == EINTR);
	return result < 0 ? transfer_failed(bus, errno) : BUS_OK;
}

static bus_result linux_write(bus_t *base, const uint8_t *frame, size_t length)
{
	return transfer((struct bus_linux *)base, 0, (uint8_t *)(uintptr_t)frame, length);
}

static bus_result linux_read(bus_t *base, uint8_t *buffer, size_t length)
{
	return transfer((struct bus_linux *)base, I2C_M_RD, buffer, length);
}

static bus_result linux_sleep(bus_t *base, uint32_t microseconds)
{
	(void)base;
	posix_sleep(microseconds);
	return BUS_OK;
}

static uint64_t linux_now(bus_t *base)
{
	(void)base;
	return posix_now();
}

static void linux_close(bus_t *base)
{
	struct bus_linux *bus = (struct bus_linux *)base;
	close(bus->fd);
	free(bus);
}

static const struct bus_operations operations = { linux_write, linux_read, linux_sleep, linux_now, linux_close };

static const char *open_remedy(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such adapter; switch I2C on and load the i2c-dev module";
	case EACCES:
		return "join the group that owns it (often i2c) or run as root";
	default:
		return "check that it is an I2C adapter";
	}
}

bus_t *bus_linux_open(const char *device, const struct bus_options *options, char *reason, size_t size)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(reason, size, "%s: %s: %s", device, strerror(errno), open_remedy(errno));
		return NULL;
	}
	unsigned long functions = 0;
	if (ioctl(fd, I2C_FUNCS, &functions) < 0 || (functions & I2C_FUNC_I2C) == 0) {
		snprintf(reason, size, "%s cannot send plain I2C messages (I2C_FUNC_I2C): use another adapter", device);
		close(fd);
		return NULL;
	}
	struct bus_linux *bus = calloc(1, sizeof *bus);
	if (bus == NULL) {
		snprintf(reason, size, "%s: out of memory", device);
		close(fd);
		return NULL;
	}
	bus->base.operations = &operations;
	bus->fd = fd;
	bus->address = options->address;
	return &bus->base;
}
