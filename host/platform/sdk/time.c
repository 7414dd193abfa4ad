/* SPDX-License-Identifier: MIT */
/*
 * Stand-in of the SDK's modules/base/time: ticks are a 32-bit integer, as on the ESP32.
 */
#include "xsmc.h"
#include "mc.xs.h"
#include "loop.h"

void xs_time_set(xsMachine *the)
{
	(void)the;
}

void xs_time_zero(xsMachine *the)
{
	xsmcSetInteger(xsResult, 0);
}

static xsIntegerValue milliseconds(void)
{
	return (xsIntegerValue)(uint32_t)(loop_microseconds() / 1000);
}

void xs_time_ticks(xsMachine *the)
{
	xsmcSetInteger(xsResult, milliseconds());
}

void xs_time_microseconds(xsMachine *the)
{
	xsmcSetNumber(xsResult, (xsNumberValue)loop_microseconds());
}

void xs_time_delta(xsMachine *the)
{
	uint32_t start = xsmcToUnsigned(xsArg(0));
	bool ended = xsmcArgc > 1 && xsmcTypeOf(xsArg(1)) != xsUndefinedType;
	uint32_t end = ended ? xsmcToUnsigned(xsArg(1)) : (uint32_t)milliseconds();
	xsmcSetInteger(xsResult, (xsIntegerValue)(end - start));
}
