/* SPDX-License-Identifier: MIT */
/*
 * The two texts that mc/config is made of.
 */
#include "xsmc.h"
#include "mc.xs.h"
#include "config.h"
#include "manifest.h"

void xs_config_manifest(xsMachine *the)
{
	xsmcSetString(xsResult, (xsStringValue)manifest_config());
}

void xs_config_command_line(xsMachine *the)
{
	xsmcSetString(xsResult, (xsStringValue)command_line_config);
}
