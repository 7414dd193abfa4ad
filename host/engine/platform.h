/* SPDX-License-Identifier: MIT */
/*
 * What XS asks of its platform (the engine includes this file through XSPLATFORM). Linux with poll(2):
 * lin_xs.h of the SDK is the same for GLib.
 */
#ifndef HOST_PLATFORM_H
#define HOST_PLATFORM_H

#undef mxLittleEndian
#define mxLittleEndian 1
#undef mxLinux
#define mxLinux 1

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "thread_stack.h"

#define pthread_getattr_np thread_stack_attributes

#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultChunkAllocation 1
#define mxUseDefaultSlotAllocation 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

#define mxMachinePlatform                                                                                              \
	void *waiterCondition;                                                                                             \
	void *waiterData;                                                                                                  \
	void *waiterLink;                                                                                                  \
	int promiseJobs;

#endif
