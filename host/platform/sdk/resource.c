/* SPDX-License-Identifier: MIT */
/*
 * Stand-in of the SDK's modules/files/resource over files.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include <stdlib.h>

#include "engine/file.h"
#include "manifest.h"

void Resource_destructor(void *data)
{
	free(data);
}

void Resource_constructor(xsMachine *the)
{
	size_t size;
	const char *path = manifest_resource(xsmcToString(xsArg(0)));
	void *bytes = path ? file_read(path, &size) : NULL;
	if (!bytes)
		xsURIError("Resource not found: %s", xsmcToString(xsArg(0)));
	xsmcSetHostBuffer(xsThis, bytes, (xsIntegerValue)size);
	xsmcPetrifyHostBuffer(xsThis);
}

void Resource_exists(xsMachine *the)
{
	xsmcSetBoolean(xsResult, manifest_resource(xsmcToString(xsArg(0))) != NULL);
}

void Resource_get_byteLength(xsMachine *the)
{
	xsmcSetInteger(xsResult, xsmcGetHostBufferLength(xsThis));
}

static xsIntegerValue position(xsMachine *the, xsIntegerValue index, xsIntegerValue otherwise, xsIntegerValue length)
{
	if (xsmcArgc <= index || xsmcTypeOf(xsArg(index)) == xsUndefinedType)
		return otherwise;
	xsIntegerValue value = xsmcToInteger(xsArg(index));
	return value < 0 ? 0 : value > length ? length : value;
}

void Resource_slice(xsMachine *the)
{
	xsIntegerValue length = xsmcGetHostBufferLength(xsThis);
	xsIntegerValue begin = position(the, 0, 0, length), end = position(the, 1, length, length);
	uint8_t *bytes = xsmcGetHostData(xsThis);
	xsmcSetArrayBuffer(xsResult, bytes + begin, end > begin ? end - begin : 0);
}
