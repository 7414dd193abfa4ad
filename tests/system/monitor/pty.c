/* SPDX-License-Identifier: MIT */
/* A pseudo-terminal in the place of a serial port: standard input goes out at the path given, and what is written there
   comes to standard output behind a first line "ready". */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return EXIT_FAILURE;
}

static int write_all(int fd, const char *data, ssize_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, (size_t)size);
		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			data += written;
			size -= written;
		}
	}
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s LINK\n", argv[0]);
		return EXIT_FAILURE;
	}
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return fail("posix_openpt");
	const char *slave = ptsname(master);
	/* Kept open, so that bytes written before the reader comes are not lost. */
	int held = open(slave, O_RDWR | O_NOCTTY);
	struct termios raw;
	if (held < 0 || tcgetattr(held, &raw) < 0)
		return fail(slave);
	cfmakeraw(&raw);
	tcsetattr(held, TCSANOW, &raw);
	unlink(argv[1]);
	if (symlink(slave, argv[1]) < 0)
		return fail(argv[1]);
	puts("ready");
	fflush(stdout);
	char data[4096];
	ssize_t size;
	for (;;) {
		struct pollfd ends[] = { { STDIN_FILENO, POLLIN, 0 }, { master, POLLIN, 0 } };
		if (poll(ends, 2, -1) < 0 && errno != EINTR)
			return fail("poll");
		if (ends[1].revents & POLLIN) {
			size = read(master, data, sizeof data);
			if (size > 0 && write_all(STDOUT_FILENO, data, size) < 0)
				return fail("write");
		}
		if (ends[0].revents) {
			size = read(STDIN_FILENO, data, sizeof data);
			if (size <= 0)
				break;
			if (write_all(master, data, size) < 0)
				return fail("write");
		}
	}
	unlink(argv[1]);
	close(held);
	close(master);
	return EXIT_SUCCESS;
}
