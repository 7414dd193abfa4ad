/* SPDX-License-Identifier: MIT */
/*
 * Compiled modules in one file, so that starting a program parses no JavaScript. The build writes it (xs --compile).
 *
 * The file: BYTECODE_MAGIC, a version (below), then for each module its name, symbols and code. Numbers are 32 bits in
 * this machine's byte order. The version changes with the engine and with the size of its ids, which the code contains.
 */
#ifndef HOST_BYTECODE_H
#define HOST_BYTECODE_H

#include <stdbool.h>
#include <stdio.h>

#include "xsAll.h"

/* Reads a file of compiled modules; false when it is missing, damaged, or of another engine. */
bool bytecode_open(const char *path);

/* A copy of a module's script for fxResolveModule(), which frees it; NULL when the file does not have the module. */
txScript *bytecode_script(const char *name);

/* Starts a file; false when it cannot be written. */
bool bytecode_begin(FILE *file);

/* Adds a module; false when it cannot be written. */
bool bytecode_add(FILE *file, const char *name, const txScript *script);

void bytecode_close(void);

#endif
