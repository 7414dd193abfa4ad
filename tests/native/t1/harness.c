/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <stdio.h>

#include <string.h>

static struct harness_test *first;
static struct harness_test **last = &first;

void harness_register(struct harness_test *test)
{
	*last = test;
	last = &test->next;
}

int main(int count, char **arguments)
{
	for (struct harness_test *test = first; test != NULL; test = test->next) {
		if (count < 2)
			puts(test->name);
		else if (strcmp(test->name, arguments[1]) == 0) {
			test->run();
			return 0;
		}
	}
	return count < 2 ? 0 : 2;
}
