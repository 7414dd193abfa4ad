/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target once for each file that is an argument: for compilers without libFuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 16 };

int main(int count, char **arguments)
{
	for (int i = 1; i < count; i++) {
		FILE *file = fopen(arguments[i], "rb");
		uint8_t *data = malloc(INPUT_MAX);
		if (file == NULL || data == NULL)
			return 2;
		size_t size = fread(data, 1, INPUT_MAX, file);
		uint8_t *exact = realloc(data, size > 0 ? size : 1);
		if (exact == NULL)
			return 2;
		LLVMFuzzerTestOneInput(exact, size);
		free(exact);
		fclose(file);
	}
	return 0;
}
