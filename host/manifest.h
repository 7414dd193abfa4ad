/* SPDX-License-Identifier: MIT */
/*
 * What the build wrote about the firmware: build/…/modules.json, and the configuration that modules read.
 */
#ifndef HOST_MANIFEST_H
#define HOST_MANIFEST_H

#include <stddef.h>

#include "xs.h"

/*
 * Reads modules.json ({"modules": {"name": "path, from the file's folder"}, "resources": the same,
 * "preload": ["name"], "creation": {…}, "config": {…}, "bytecode": "path"}) and registers its modules.
 * Call between xsBeginHost and xsEndHost.
 * Ends the program with a sentence and status 2 when the file is missing or is not such a file.
 */
void manifest_read(xsMachine *the, const char *path);

/* The path of a resource's file, or NULL when no manifest lists it. */
const char *manifest_resource(const char *name);

/* The name of a module to preload, from index 0 on; NULL behind the last. */
const char *manifest_preload(size_t index);

/* The manifests' `creation`: the sizes of the board's machine. */
const xsCreation *manifest_creation(void);

/* The manifest's config as JSON text. */
const char *manifest_config(void);

void manifest_free(void);

#endif
