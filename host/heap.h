/* SPDX-License-Identifier: MIT */
/*
 * The board's JavaScript heap on a PC. On the ESP32 the built-ins and the preloaded modules lie in flash, and the heap
 * starts all but empty with the sizes of the manifests' `creation`. Here the same is a root machine that is shared, and
 * a clone of it that the program runs in. Of meaning in a 32-bit build, where slots have the ESP32's size.
 */
#ifndef HOST_HEAP_H
#define HOST_HEAP_H

#include <stdbool.h>

#include "xs.h"

/* Sizes for the root: those given, but with the clone's tables of names, which a clone copies entry by entry. */
xsCreation heap_root_creation(const xsCreation *sizes);

/*
 * Preloads the manifests' modules into the root, freezes and shares it, and makes the clone.
 * Ends the program with a sentence and status 1 when a module cannot be preloaded.
 */
xsMachine *heap_clone(xsMachine *root);

/*
 * Writes the clone's peaks as a JSON object, in bytes: slot (of one), slots, chunks, stack, and what was reserved for
 * them; collections is a count. Says on standard error why it could not, and returns false.
 */
bool heap_write(xsMachine *the, const char *path);

#endif
