/* SPDX-License-Identifier: MIT */
/* A bus on an I2C adapter of Linux: plain messages through I2C_RDWR (Documentation/i2c/dev-interface.rst of the
 * kernel). */
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

enum {
	LOCK_PATIENCE = 10000000, /* microseconds for which another process may keep the bus */
	LOCK_POLL = 20000		  /* microseconds between two looks */
};

struct bus_linux {
	bus_t base;
	int fd;
	uint16_t address;
	char text[256];
};

static bus_result fail(struct bus_linux *bus, bus_result result, const char *cause, const char *remedy)
{
	snprintf(bus->text, sizeof bus->text, "I2C adapter: %s: %s", cause, remedy);
	bus->base.reason = bus->text;
	return result;
}

/*
 * Documentation/i2c/fault-codes.rst says ENXIO for an address that is not acknowledged, and adapters that cannot tell
 * where the NACK was say EREMOTEIO. Others say it by EIO (i2c-imx-lpi2c, FT260), ETIMEDOUT or EPROTO (USB bridges), or
 * by a transfer of no message and no error (i2c-virtio): these are tried again like a NACK, and reported when they
 * last.
 */
static bus_result transfer_failed(struct bus_linux *bus, int error)
{
	switch (error) {
	case ENXIO:
	case EREMOTEIO:
		return BUS_NACK;
	case ENODEV:
	case ESHUTDOWN:
		return fail(
			bus, BUS_ERROR, strerror(error), "it was unplugged or its driver was removed; start again when it is back");
	case EBADF:
	case EINVAL:
	case ENOTTY:
	case EOPNOTSUPP:
		return fail(bus, BUS_ERROR, strerror(error), "it does not take this transfer; use another adapter");
	case EBUSY:
	case ETIMEDOUT:
		return fail(bus, BUS_DISTURBED, strerror(error),
			"SCL or SDA may be held low: check the wiring and pull-ups, then switch the chip's power off and on");
	case EAGAIN:
		return fail(bus, BUS_DISTURBED, "lost arbitration", "another master is on the bus, or SDA is held low");
	case 0:
		return fail(
			bus, BUS_DISTURBED, "nothing was transferred", "check the chip's address and power, and the wiring");
	default:
		return fail(bus, BUS_DISTURBED, strerror(error),
			"check the chip's address and power, the wiring, the pull-ups and the adapter's clock");
	}
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
	if (result == 1)
		return BUS_OK;
	return transfer_failed(bus, result < 0 ? errno : 0);
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

static const struct bus_operations operations = {
	.write = linux_write, .read = linux_read, .sleep = linux_sleep, .now = linux_now, .close = linux_close
};

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

/* The name of a process, as ps shows it; empty when it cannot be read. */
static void read_name(pid_t process, char *name, size_t size)
{
	char path[64];
	name[0] = 0;
	snprintf(path, sizeof path, "/proc/%ld/comm", (long)process);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return;
	if (fgets(name, (int)size, file) == NULL)
		name[0] = 0;
	name[strcspn(name, "\n")] = 0;
	fclose(file);
}

static void explain_lock(const char *device, int fd, char *reason, size_t size)
{
	int error = errno;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (error != EAGAIN && error != EACCES) {
		snprintf(reason, size, "%s: cannot be locked: %s", device, strerror(error));
	} else if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0) {
		char name[64];
		read_name(lock.l_pid, name, sizeof name);
		snprintf(reason, size, "%s: in use by process %ld%s%s%s: wait until it ends, or end it", device,
			(long)lock.l_pid, name[0] ? " (" : "", name, name[0] ? ")" : "");
	} else {
		snprintf(reason, size, "%s: in use by another process: wait until it ends, or end it", device);
	}
}

/*
 * Two programs on one chip would take each other's answers for their own. A lock on the device node keeps the others of
 * this kind out until the bus is closed; the kernel drops it when a process ends, however it does. It does not keep out
 * programs that talk to other chips on the same adapter, which need no such lock.
 */
static bool lock_device(const char *device, int fd, char *reason, size_t size)
{
	uint64_t deadline = posix_now() + LOCK_PATIENCE;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	while (fcntl(fd, F_SETLK, &lock) < 0) {
		if ((errno != EAGAIN && errno != EACCES && errno != EINTR) || posix_now() >= deadline) {
			explain_lock(device, fd, reason, size);
			return false;
		}
		posix_sleep(LOCK_POLL);
	}
	return true;
}

static bool sends_messages(const char *device, int fd, char *reason, size_t size)
{
	unsigned long functions = 0;
	if (ioctl(fd, I2C_FUNCS, &functions) == 0 && (functions & I2C_FUNC_I2C) != 0)
		return true;
	snprintf(reason, size, "%s cannot send plain I2C messages (I2C_FUNC_I2C): use another adapter", device);
	return false;
}

static bus_t *make_bus(const char *device, int fd, uint16_t address, char *reason, size_t size)
{
	struct bus_linux *bus = calloc(1, sizeof *bus);
	if (bus == NULL) {
		snprintf(reason, size, "%s: out of memory", device);
		return NULL;
	}
	bus->base.operations = &operations;
	bus->fd = fd;
	bus->address = address;
	return &bus->base;
}

bus_t *bus_linux_open(const char *device, const struct bus_options *options, char *reason, size_t size)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(reason, size, "%s: %s: %s", device, strerror(errno), open_remedy(errno));
		return NULL;
	}
	bus_t *bus = NULL;
	if (sends_messages(device, fd, reason, size) && lock_device(device, fd, reason, size))
		bus = make_bus(device, fd, options->address, reason, size);
	if (bus == NULL)
		close(fd);
	return bus;
}
