/* SPDX-License-Identifier: MIT */
/* The restart, for restart.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_system.h"

/* (): does not return. */
void xs_platform_restart(xsMachine *the)
{
	(void)the;
	esp_restart();
}
