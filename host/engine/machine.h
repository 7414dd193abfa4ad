/* SPDX-License-Identifier: MIT */
/*
 * The XS machine's life on this platform: its jobs, its end.
 */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include "xs.h"

/* Runs promise jobs and clean-up callbacks until none is left; an unhandled rejection ends the program, status 1. */
void machine_settle(void *the);

/* Writes bytes to standard output immediately. A closed standard output ends the program without a word. */
void machine_write(const char *text, size_t length);

#endif
