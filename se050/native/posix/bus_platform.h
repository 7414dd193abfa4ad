/* SPDX-License-Identifier: MIT */
/* The buses of the platforms with POSIX; bus_posix.c chooses between them. */
#ifndef SE050_BUS_PLATFORM_H
#define SE050_BUS_PLATFORM_H

#include "bus.h"

/* A chip at the other end of the simulator link (docs/simulator-link.md); where is a path with a slash in it, or
 * "host:port". */
bus_t *bus_sim_open(const char *where, const struct bus_options *options, char *reason, size_t size);

/* A chip on a Linux I2C adapter, "/dev/i2c-1". The clock is the adapter's own: options->hz has no effect. */
bus_t *bus_linux_open(const char *device, const struct bus_options *options, char *reason, size_t size);

/* Another bus whose transactions are written down: where is "FILE,BUS". */
bus_t *bus_trace_open(const char *where, const struct bus_options *options, char *reason, size_t size);

#endif
