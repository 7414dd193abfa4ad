/* SPDX-License-Identifier: MIT */
/*
 * Where a thread's stack is. XS asks for each RegExp that it compiles, and glibc reads /proc/self/maps each time it is
 * asked about the main thread (140,000 instructions): so the answer is kept.
 */
#include "thread_stack.h"

int thread_stack_attributes(pthread_t self, pthread_attr_t *attributes)
{
	static _Thread_local void *address;
	static _Thread_local size_t size;
	if (address)
		return pthread_attr_setstack(attributes, address, size);
	int error = pthread_getattr_np(self, attributes);
	return error ? error : pthread_attr_getstack(attributes, &address, &size);
}
