/* SPDX-License-Identifier: MIT */
/* bus_open where there is POSIX: the simulator link or a Linux I2C adapter, by the bus' name. */
#include "bus_platform.h"

#include <stdio.h>
#include <string.h>

static const char sim_prefix[] = "sim:";
static const char trace_prefix[] = "trace:";

bus_t *bus_open(const struct bus_options *options, char *reason, size_t size)
{
	if (strncmp(options->name, sim_prefix, sizeof sim_prefix - 1) == 0)
		return bus_sim_open(options->name + sizeof sim_prefix - 1, options, reason, size);
	if (strncmp(options->name, trace_prefix, sizeof trace_prefix - 1) == 0)
		return bus_trace_open(options->name + sizeof trace_prefix - 1, options, reason, size);
	if (options->name[0] == '/')
		return bus_linux_open(options->name, options, reason, size);
	snprintf(reason, size, "\"%s\" is not a bus: use sim:/path/to/socket, sim:host:port or a device such as /dev/i2c-1",
		options->name);
	return NULL;
}
