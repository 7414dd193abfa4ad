/* SPDX-License-Identifier: MIT */
/*
 * Modules by their manifest names: what import finds, and where their compiled source lies.
 */
#ifndef HOST_MODULES_H
#define HOST_MODULES_H

#include <stddef.h>

#include "xs.h"

/* Adds a module; both strings are copied. Returns 0, or -1 when memory is short. */
int modules_add(const char *name, const char *path);
/* Forgets all modules. */
void modules_clear(void);
/* The path of a module's compiled source, or NULL when no module has this name. */
const char *modules_path(const char *name);

/*
 * Imports a module and what it needs. Call between xsBeginHost and xsEndHost; runs asynchronously, with promise jobs.
 * A module that cannot be loaded, or that throws, ends the program with its stack and status 1.
 */
void modules_import(xsMachine *the, const char *name);
/* Imports the program: when its default export is a function, that is called, as the SDK does with main. */
void modules_run(xsMachine *the, const char *name);
/* How many imports have not ended: more than zero when the loop is empty means that a top-level await hangs. */
size_t modules_pending(void);

#endif
