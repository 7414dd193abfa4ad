/* SPDX-License-Identifier: MIT */
/* A simulated chip at the other end of a serial line, on an ESP32: only in builds that define MODDEF_SE050_UART. */
#ifndef SE050_BUS_UART_H
#define SE050_BUS_UART_H

#include "bus.h"

/* where: "tx=17,rx=16", then perhaps ",port=1" and ",baud=115200", in any order. */
bus_t *bus_uart_open(const char *where, const struct bus_options *options, char *reason, size_t size);

#endif
