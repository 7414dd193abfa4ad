/* SPDX-License-Identifier: MIT */
#include "xsmc.h"
#include "mc.xs.h"
#include "exit.h"

void xs_machine_set_exit_status(xsMachine *the)
{
	exit_status = (int)(xsmcToInteger(xsArg(0)) & 0xff);
}

void xs_machine_collect_garbage(xsMachine *the)
{
	xsCollectGarbage();
}
