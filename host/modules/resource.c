/*
 * Stand-in of the SDK's modules/files/resource: the files that the manifests name under `resources`.
 */
#include <stdlib.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "manifest.h"

enum { NAME_SIZE = 128 };

void xs_resource_read(xsMachine *the)
{
	char name[NAME_SIZE];
	size_t length = 0;
	xsmcToStringBuffer(xsArg(0), name, sizeof name);
	char *bytes = manifest_resource(name, &length);
	if (!bytes)
		return;
	xsTry {
		xsmcSetArrayBuffer(xsResult, bytes, (xsIntegerValue)length);
	}
	xsCatch {
		free(bytes);
		xsThrow(xsException);
	}
	free(bytes);
}
