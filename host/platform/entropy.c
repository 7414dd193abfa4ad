/* SPDX-License-Identifier: MIT */
/* The system's random numbers, for entropy.ts. */
#include "xsmc.h"
#include "mc.xs.h"

#include <sys/random.h>

enum { MAX_LENGTH = 256 };

/* (1 to 256) -> that many bytes. getrandom() gives up to 256 bytes whole, once the system is up. */
void xs_platform_random_bytes(xsMachine *the)
{
	unsigned char bytes[MAX_LENGTH];
	xsIntegerValue length = xsmcToInteger(xsArg(0));
	if (length < 1 || length > MAX_LENGTH || getrandom(bytes, (size_t)length, 0) != length)
		xsUnknownError("random bytes: ask for 1 to 256");
	xsmcSetArrayBuffer(xsResult, bytes, length);
}
