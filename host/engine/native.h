/* SPDX-License-Identifier: MIT */
/*
 * The globals native("name") and Native("name") of the SDK's XS over tables of C functions: XS 13.3 has neither.
 */
#ifndef HOST_NATIVE_H
#define HOST_NATIVE_H

#include <stddef.h>

#include "xs.h"

typedef struct {
	const char *name;
	xsCallback callback;
} native_function_t;

typedef struct {
	const char *name;
	xsDestructor destructor;
} native_class_t;

/* Generated from the literals of native("…") and Native("…") in the TypeScript sources. */
extern const native_function_t native_functions[];
extern const size_t native_function_count;
extern const native_class_t native_classes[];
extern const size_t native_class_count;

/* Gives every xsID_ variable of mc.xs.h its value. Generated. */
void native_bind_identifiers(xsMachine *the);

/* Adds the two globals. Call between xsBeginHost and xsEndHost. */
void native_install(xsMachine *the);

#endif
