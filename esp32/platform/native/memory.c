/* SPDX-License-Identifier: MIT */
/* What is left of the heap, for memory.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_heap_caps.h"

/* (0 free now, 1 the least that was free, 2 the largest piece): bytes. */
void xs_platform_memory_get(xsMachine *the)
{
	size_t (*const figures[])(
		uint32_t) = { heap_caps_get_free_size, heap_caps_get_minimum_free_size, heap_caps_get_largest_free_block };
	xsIntegerValue index = xsmcToInteger(xsArg(0));
	xsmcSetInteger(xsResult, index >= 0 && index < 3 ? (xsIntegerValue)figures[index](MALLOC_CAP_8BIT) : 0);
}
