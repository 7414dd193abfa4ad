/*
 * What the build wrote about the firmware: build/…/modules.json, and the configuration that modules read.
 */
#ifndef HOST_MANIFEST_H
#define HOST_MANIFEST_H

#include <stddef.h>

#include "xs.h"

/**
 * Reads modules.json ({"modules": {"name": "path, from the file's folder"}, "resources": the same, "config": {…}})
 * and registers its modules.
 * Call between xsBeginHost and xsEndHost.
 * Ends the program with a sentence and status 2 when the file is missing or is not such a file.
 */
void manifest_read(xsMachine *the, const char *path);

/** The manifest's config as JSON text. */
const char *manifest_config(void);

/**
 * Reads a resource into malloc'ed memory, a 0 byte behind it that does not count.
 * Returns NULL when the manifests name no such resource or its file cannot be read.
 */
char *manifest_resource(const char *name, size_t *length);

void manifest_free(void);

#endif
