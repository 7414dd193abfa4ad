/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/machine.h"
#include "engine/modules.h"
#include "engine/share.h"
#include "manifest.h"

/* Freezes the built-in prototypes, as the SDK's linker does behind the preloaded modules. */
static const char freezing_module[] = "host/freeze";

static void import(xsMachine *root, const char *name)
{
	xsBeginHost(root);
	{
		modules_import(the, name);
	}
	xsEndHost(root);
	machine_settle(root);
}

static void preload(xsMachine *root, const char *name)
{
	import(root, name);
	const char *obstacle = modules_pending() ? "top-level await that waits" : share_obstacle(root);
	if (!obstacle)
		return;
	fprintf(stderr, "%s, or a module that it imports, cannot be preloaded: at its top level there is a %s.\n", name,
		obstacle);
	exit(EXIT_FAILURE);
}

xsCreation heap_root_creation(const xsCreation *sizes)
{
	xsCreation creation = *sizes;
	creation.nameModulo = manifest_creation()->nameModulo;
	creation.symbolModulo = manifest_creation()->symbolModulo;
	return creation;
}

xsMachine *heap_clone(xsMachine *root)
{
	const char *name;
	share_begin(root);
	for (size_t i = 0; (name = manifest_preload(i)); i++)
		preload(root, name);
	import(root, freezing_module);
	xsMachine *clone = share_clone(root, manifest_creation());
	if (!clone) {
		fputs("The board's XS machine could not be made: the manifests' creation is too small.\n", stderr);
		exit(EXIT_FAILURE);
	}
	return clone;
}

bool heap_write(xsMachine *the, const char *path)
{
	share_peaks_t peaks = share_peaks(the);
	FILE *file = fopen(path, "w");
	bool written = file &&
		fprintf(file,
			"{\"slot\":%zu,\"slots\":%zu,\"chunks\":%zu,\"stack\":%zu,\"reservedSlots\":%zu,\"reservedChunks\":%zu,\"reservedStack\":%zu,\"collections\":%u}\n",
			peaks.slot, peaks.slots, peaks.chunks, peaks.stack, peaks.reserved_slots, peaks.reserved_chunks,
			peaks.reserved_stack, peaks.collections) > 0;
	if (file && fclose(file) != 0)
		written = false;
	if (!written)
		fprintf(stderr, "Cannot write %s: %s\n", path, strerror(errno));
	return written;
}
