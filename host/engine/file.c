/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <stdio.h>
#include <stdlib.h>

void *file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long length;
	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
		*size = (size_t)length;
		text = malloc(*size + 1);
		if (text && fread(text, 1, *size, file) == *size)
			text[*size] = 0;
		else {
			free(text);
			text = NULL;
		}
	}
	fclose(file);
	return text;
}
