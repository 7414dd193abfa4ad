/* The serial console of a release build: ESP-IDF's standard output, UART0 or USB serial (CONFIG_ESP_CONSOLE_…). */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <stdio.h>

/* (line): writes it with a line end. A debug build has given its UART to xsbug, where trace() writes. */
void xs_platform_console_write(xsMachine *the)
{
#ifdef mxDebug
	(void)the;
#else
	puts(xsmcToString(xsArg(0)));
	fflush(stdout);
#endif
}
