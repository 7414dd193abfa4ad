/* SPDX-License-Identifier: MIT */
/*
 * Stands for the kernel below bus_linux.c (linked with --wrap): the file "adapter:ERRNO" is an I2C adapter whose
 * transactions fail with that errno, succeed with 0, or transfer nothing with -1; what the driver asked for goes to
 * stderr.
 */
#include "posix_time.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c.h>
#include <linux/i2c-dev.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOUR = 3600 };

static int transfer_errno;
static int locked_for;	/* so many tries to lock fail; HOUR: all of them */
static uint64_t waited; /* microseconds that were slept for the lock */
static bool interrupt;
static unsigned long functions = I2C_FUNC_I2C;

int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_close(int fd);
int __wrap_fcntl(int fd, int command, ...);
uint64_t __real_posix_now(void);
uint64_t __wrap_posix_now(void);
void __real_posix_sleep(uint32_t microseconds);
void __wrap_posix_sleep(uint32_t microseconds);

int __wrap_open(const char *path, int flags, ...)
{
	(void)flags;
	if (strcmp(path, "/adapter/none") == 0 || strcmp(path, "/adapter/forbidden") == 0) {
		errno = strcmp(path, "/adapter/none") == 0 ? ENOENT : EACCES;
		return -1;
	}
	if (strcmp(path, "/adapter/smbus") == 0)
		functions = I2C_FUNC_SMBUS_BYTE;
	interrupt = strcmp(path, "/adapter/interrupted") == 0;
	locked_for = strcmp(path, "/adapter/locked") == 0 ? HOUR : strcmp(path, "/adapter/locked-a-while") == 0 ? 3 : 0;
	const char *colon = strchr(path, ':');
	transfer_errno = colon != NULL ? atoi(colon + 1) : 0;
	return 100;
}

static int transfer(const struct i2c_rdwr_ioctl_data *transaction)
{
	const struct i2c_msg *message = transaction->msgs;
	if (interrupt) {
		interrupt = false;
		errno = EINTR;
		return -1;
	}
	fprintf(stderr, "%u message(s): address %02X flags %u length %u", transaction->nmsgs, message->addr, message->flags,
		message->len);
	for (unsigned i = 0; (message->flags & I2C_M_RD) == 0 && i < message->len; i++)
		fprintf(stderr, " %02X", message->buf[i]);
	fputc('\n', stderr);
	if (transfer_errno < 0)
		return 0;
	if (transfer_errno != 0) {
		errno = transfer_errno;
		return -1;
	}
	for (unsigned i = 0; (message->flags & I2C_M_RD) != 0 && i < message->len; i++)
		message->buf[i] = (unsigned char)(0xA0 + i);
	return 1;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	if (fd != 100)
		abort();
	if (request == I2C_FUNCS) {
		*(unsigned long *)argument = functions;
		return 0;
	}
	if (request != I2C_RDWR)
		abort();
	return transfer(argument);
}

int __wrap_close(int fd)
{
	if (fd == 100)
		fputs("closed\n", stderr);
	return 0;
}

/* While the device is locked, time passes without being waited for. */
uint64_t __wrap_posix_now(void)
{
	return __real_posix_now() + waited;
}

void __wrap_posix_sleep(uint32_t microseconds)
{
	if (locked_for > 0)
		waited += microseconds;
	else
		__real_posix_sleep(microseconds);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	va_start(arguments, command);
	struct flock *lock = va_arg(arguments, struct flock *);
	va_end(arguments);
	if (fd != 100 || lock->l_type != F_WRLCK || lock->l_start != 0 || lock->l_len != 0)
		abort();
	if (command == F_GETLK) {
		lock->l_pid = getpid(); /* a process whose name is known */
		return 0;
	}
	if (command != F_SETLK)
		abort();
	if (locked_for == 0)
		return 0;
	if (locked_for != HOUR)
		locked_for--;
	errno = EAGAIN;
	return -1;
}
