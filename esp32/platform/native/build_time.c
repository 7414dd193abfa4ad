/* SPDX-License-Identifier: MIT */
/* The day on which this file was compiled, for build-time.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <stdlib.h>
#include <string.h>

/* Days from 1970-01-01 to a date of the Gregorian calendar; month 1 to 12. */
static long days(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1;
	int m = month > 2 ? month - 3 : month + 9;
	return 365L * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* (): seconds since 1970 of midnight, a day earlier than __DATE__ ("Nov 28 2026"): the compiler's time zone is not
 * known. */
void xs_platform_build_time(xsMachine *the)
{
	static const char date[] = __DATE__, months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char name[4] = { date[0], date[1], date[2], 0 };
	const char *found = strstr(months, name);
	int month = found ? (int)(found - months) / 3 + 1 : 1;
	xsmcSetNumber(xsResult, (days(atoi(date + 7), month, atoi(date + 4)) - 1) * 86400.0);
}
