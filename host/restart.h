/* SPDX-License-Identifier: MIT */
#ifndef HOST_RESTART_H
#define HOST_RESTART_H

/* Remembers the command line, which restart_program() uses. Call first; the strings stay the caller's. */
void restart_remember(char *const arguments[]);

/*
 * Runs the program from the beginning in this process: same command line, same configuration, same standard input and
 * output; all other descriptors are closed, as a reset ends all connections. Returns only when that fails, with errno.
 */
void restart_program(void);

#endif
