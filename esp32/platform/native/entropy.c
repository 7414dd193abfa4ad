/* SPDX-License-Identifier: MIT */
/* The chip's random numbers, for entropy.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "bootloader_random.h"
#include "esp_random.h"

#include <stdbool.h>

enum { MAX_LENGTH = 256 };

static bool started;

/* (): the SAR ADC's noise goes to the generator. */
void xs_platform_entropy_start(xsMachine *the)
{
	(void)the;
	if (!started)
		bootloader_random_enable();
	started = true;
}

/* (): the ADC is free; the radio is about to be switched on. */
void xs_platform_entropy_stop(xsMachine *the)
{
	(void)the;
	if (started)
		bootloader_random_disable();
	started = false;
}

/* (1 to 256) -> that many bytes. */
void xs_platform_random_bytes(xsMachine *the)
{
	uint8_t bytes[MAX_LENGTH];
	xsIntegerValue length = xsmcToInteger(xsArg(0));
	if (length < 1 || length > MAX_LENGTH)
		xsUnknownError("random bytes: ask for 1 to 256");
	esp_fill_random(bytes, (size_t)length);
	xsmcSetArrayBuffer(xsResult, bytes, length);
}
