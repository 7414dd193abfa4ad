/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds: a test that takes longer hangs. */
#define HANG 120

static struct harness_test *first;
static struct harness_test **last = &first;

void harness_register(struct harness_test *test)
{
	*last = test;
	last = &test->next;
}

/* Runs a test in a process of its own; what that writes to standard error goes to standard output.
 * Returns its status as a shell gives it, or -1. */
static int run_apart(const struct harness_test *test)
{
	int status;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		alarm(HANG);
		dup2(STDOUT_FILENO, STDERR_FILENO);
		test->run();
		exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_all(void)
{
	for (const struct harness_test *test = first; test != NULL; test = test->next) {
		printf("BEGIN %s\n", test->name);
		int status = run_apart(test);
		printf("\nEND %d\n", status);
	}
	puts("ALL");
}

int main(int count, char **arguments)
{
	if (count < 2) {
		run_all();
		return 0;
	}
	for (const struct harness_test *test = first; test != NULL; test = test->next) {
		if (strcmp(test->name, arguments[1]) == 0) {
			test->run();
			return 0;
		}
	}
	return 2;
}
