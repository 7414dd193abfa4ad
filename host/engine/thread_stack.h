/* SPDX-License-Identifier: MIT */
#ifndef HOST_THREAD_STACK_H
#define HOST_THREAD_STACK_H

#include <pthread.h>

/* pthread_getattr_np(3) of the calling thread, into initialized attributes: only the stack's place is right. */
int thread_stack_attributes(pthread_t self, pthread_attr_t *attributes);

#endif
