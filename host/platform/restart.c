/* SPDX-License-Identifier: MIT */
/* The restart, for restart.ts. */
#include "xsmc.h"
#include "mc.xs.h"
#include "restart.h"

#include <errno.h>
#include <string.h>

/* (): does not return. */
void xs_platform_restart(xsMachine *the)
{
	restart_program();
	xsUnknownError("The program cannot be started again: %s", strerror(errno));
}
