/* SPDX-License-Identifier: MIT */
/* What is left of heap and stack, for memory.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

static size_t figure(xsIntegerValue index)
{
	switch (index) {
	case 0:
		return heap_caps_get_free_size(MALLOC_CAP_8BIT);
	case 1:
		return heap_caps_get_minimum_free_size(MALLOC_CAP_8BIT);
	case 2:
		return heap_caps_get_largest_free_block(MALLOC_CAP_8BIT);
	case 3:
		return uxTaskGetStackHighWaterMark(NULL); /* bytes: ESP-IDF's StackType_t is one */
	default:
		return 0;
	}
}

/* (0 heap free now, 1 the least that was free, 2 the largest piece, 3 stack never used): bytes. */
void xs_platform_memory_get(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)figure(xsmcToInteger(xsArg(0))));
}
