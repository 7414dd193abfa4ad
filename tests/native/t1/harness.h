/* SPDX-License-Identifier: MIT */
/* Tests of one C program, each by its own name: without an argument the program runs them all, each in a process of its
 * own, and prints BEGIN and the name, what the test prints, and END and its status; with one it runs that test. */
#ifndef T1_HARNESS_H
#define T1_HARNESS_H

struct harness_test {
	const char *name;
	void (*run)(void);
	struct harness_test *next;
};

void harness_register(struct harness_test *test);

/* TEST(identifier, "sentence") { body } */
#define TEST(id, sentence)                                                                                             \
	static void id(void);                                                                                              \
	static struct harness_test test_##id = { sentence, id, NULL };                                                     \
	__attribute__((constructor)) static void register_##id(void)                                                       \
	{                                                                                                                  \
		harness_register(&test_##id);                                                                                  \
	}                                                                                                                  \
	static void id(void)

#endif
