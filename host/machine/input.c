/* SPDX-License-Identifier: MIT */
/* Lines of standard input, waited for. */
#include "xsmc.h"
#include "mc.xs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next line, without its end; undefined after the last one. */
void xs_input_line(xsMachine *the)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length = getline(&line, &size, stdin);
	if (length > 0) {
		line[length - (line[length - 1] == '\n')] = '\0';
		xsmcSetString(xsResult, line);
	}
	if (line)
		explicit_bzero(line, size);
	free(line);
}
