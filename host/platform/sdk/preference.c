/* SPDX-License-Identifier: MIT */
/*
 * The file behind the stand-in of `preference`: read whole, replaced whole.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/file.h"

enum { PATH_SIZE = 4096 };

/* (path) -> its bytes, or why they cannot be read; undefined when there is no such file. */
void xs_preference_file_read(xsMachine *the)
{
	size_t size = 0;
	errno = 0;
	char *bytes = file_read(xsmcToString(xsArg(0)), &size);
	if (!bytes) {
		if (errno != ENOENT)
			xsmcSetString(xsResult, strerror(errno ? errno : EIO));
		return;
	}
	xsTry
	{
		xsmcSetArrayBuffer(xsResult, bytes, (xsIntegerValue)size);
	}
	xsCatch
	{
		free(bytes);
		xsThrow(xsException);
	}
	free(bytes);
}

static bool write_all(int file, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t count = write(file, text, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		text += count;
		length -= (size_t)count;
	}
	return fsync(file) == 0;
}

/* A new file of its owner's (mode 0600) replaces the old one in one step, so that there is never half a file. */
static bool replace_file(const char *path, const char *text)
{
	char partial[PATH_SIZE];
	int length = snprintf(partial, sizeof partial, "%s.XXXXXX", path);
	if (length < 0 || (size_t)length >= sizeof partial) {
		errno = ENAMETOOLONG;
		return false;
	}
	int file = mkstemp(partial);
	if (file < 0)
		return false;
	bool written = write_all(file, text, strlen(text));
	int reason = errno;
	close(file);
	if (written && rename(partial, path) == 0)
		return true;
	if (written)
		reason = errno;
	unlink(partial);
	errno = reason;
	return false;
}

/* (path, text) -> why the file could not be written; undefined when it was. */
void xs_preference_file_write(xsMachine *the)
{
	char path[PATH_SIZE];
	xsmcToStringBuffer(xsArg(0), path, sizeof path);
	if (!replace_file(path, xsmcToString(xsArg(1))))
		xsmcSetString(xsResult, strerror(errno));
}
