/* SPDX-License-Identifier: MIT */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include <stddef.h>

/* A whole file with a terminating zero, to be freed; NULL with errno. `size` does not count the zero. */
void *file_read(const char *path, size_t *size);

/* The same of an open descriptor: a pipe or a socket, until its end. Closes it. */
void *file_read_descriptor(int descriptor, size_t *size);

#endif
