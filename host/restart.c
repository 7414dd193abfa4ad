/* SPDX-License-Identifier: MIT */
#include "restart.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CONFIG_DESCRIPTOR = 3, ARGUMENT_LIMIT = 8 };

static char *const *command;

void restart_remember(char *const arguments[])
{
	command = arguments;
}

/* The configuration as a file without a name, at the descriptor 3: the pipe that it came from is read. */
static int keep_config(void)
{
	int file = memfd_create("config", 0);
	size_t length = strlen(command_line_config);
	if (file < 0 || write(file, command_line_config, length) != (ssize_t)length || lseek(file, 0, SEEK_SET) < 0)
		return -1;
	return file == CONFIG_DESCRIPTOR ? file : dup2(file, CONFIG_DESCRIPTOR);
}

void restart_program(void)
{
	char at_descriptor[] = "@3";
	char *arguments[ARGUMENT_LIMIT + 1] = { NULL };
	size_t count = 0;
	for (; command[count]; count++) {
		if (count == ARGUMENT_LIMIT) {
			errno = E2BIG;
			return;
		}
		arguments[count] = command[count];
	}
	/* The configuration is the last argument, where there is one: it begins with { or @. */
	if (count > 0 && arguments[count - 1][0] == '@')
		arguments[count - 1] = at_descriptor;
	fflush(NULL);
	if (keep_config() < 0)
		return;
	close_range(CONFIG_DESCRIPTOR + 1, ~0U, 0);
	execv("/proc/self/exe", arguments);
}
