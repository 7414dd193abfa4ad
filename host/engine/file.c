/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 * 1024 };

/* What a stream brings until its end: its length is not known before, because it may be a pipe. */
static char *read_stream(FILE *file, size_t *size)
{
	char *text = NULL;
	size_t capacity = 0;
	*size = 0;
	do {
		if (*size + 1 >= capacity) {
			capacity = capacity ? 2 * capacity : FIRST_CAPACITY;
			char *larger = realloc(text, capacity);
			if (!larger) {
				free(text);
				return NULL;
			}
			text = larger;
		}
		*size += fread(text + *size, 1, capacity - 1 - *size, file);
	} while (!feof(file) && !ferror(file));
	if (ferror(file)) {
		free(text);
		return NULL;
	}
	text[*size] = 0;
	return text;
}

static void *read_and_close(FILE *file, size_t *size)
{
	if (!file)
		return NULL;
	char *text = read_stream(file, size);
	int reason = errno;
	fclose(file);
	errno = reason;
	return text;
}

void *file_read(const char *path, size_t *size)
{
	return read_and_close(fopen(path, "rb"), size);
}

void *file_read_descriptor(int descriptor, size_t *size)
{
	return read_and_close(fdopen(descriptor, "rb"), size);
}
