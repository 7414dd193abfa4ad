/* SPDX-License-Identifier: MIT */
#include "xsAll.h"

#include <malloc.h>

#include "usage.h"

#if defined(__SANITIZE_ADDRESS__)
/* <sanitizer/allocator_interface.h>, which gcc does not install everywhere. */
size_t __sanitizer_get_current_allocated_bytes(void);

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes();
}
#else
static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}
#endif

usage_t usage_now(xsMachine *the)
{
	size_t heap = (size_t)the->maximumHeapCount * sizeof(txSlot) + (size_t)the->maximumChunksSize;
	size_t all = allocated();
	return (usage_t){
		.slots = (size_t)the->currentHeapCount * sizeof(txSlot),
		.chunks = (size_t)the->currentChunksSize,
		.native = all > heap ? all - heap : 0,
	};
}
