/* SPDX-License-Identifier: MIT */
#ifndef HOST_EXIT_H
#define HOST_EXIT_H

/* Status of the program when the loop ends by itself. */
extern int exit_status;

#endif
