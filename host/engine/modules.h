/* SPDX-License-Identifier: MIT */
/*
 * Modules by their manifest names: what import finds, and where their compiled source lies.
 */
#ifndef HOST_MODULES_H
#define HOST_MODULES_H

#include <stdbool.h>
#include <stddef.h>

#include "xs.h"

/* Adds a module; both strings are copied. Returns 0, or -1 when memory is short. */
int modules_add(const char *name, const char *path);
/* Forgets all modules. */
void modules_clear(void);
/* The path of a module's compiled source, or NULL when no module has this name. */
const char *modules_path(const char *name);

/* Takes compiled modules from a file of modules_compile(); those that it does not have are compiled when imported. */
void modules_use_bytecode(const char *path);
/* Compiles all modules into a file. Modules with a syntax error are left out. False, with errno, if it was not written.
 */
bool modules_compile(xsMachine *the, const char *path);

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
