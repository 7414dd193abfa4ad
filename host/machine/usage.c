/* SPDX-License-Identifier: MIT */
#include "xsmc.h"
#include "mc.xs.h"
#include "usage.h"

static void set(xsMachine *the, xsIdentifier name, size_t bytes)
{
	xsmcVars(1);
	xsmcSetNumber(xsVar(0), (double)bytes);
	xsmcSet(xsResult, name, xsVar(0));
}

void xs_usage(xsMachine *the)
{
	usage_t usage = usage_now(the);
	xsmcSetNewObject(xsResult);
	set(the, xsID_slots, usage.slots);
	set(the, xsID_chunks, usage.chunks);
	set(the, xsID_native, usage.native);
}
