/* SPDX-License-Identifier: MIT */
/* What the board needs of ESP-IDF's options, checked when it is built. Those of Mbed TLS: tls_options.c. */
#include "sdkconfig.h"

#if defined mxDebug || defined CONFIG_ESP_SYSTEM_PANIC_PRINT_REBOOT || defined CONFIG_ESP_SYSTEM_PANIC_SILENT_REBOOT
#define STARTS_AGAIN 1
#else
#define STARTS_AGAIN 0
#endif

_Static_assert(STARTS_AGAIN,
	"CONFIG_ESP_SYSTEM_PANIC_PRINT_REBOOT: a release build must start again after a crash. Build with the options of esp32/sdkconfig");
