/* SPDX-License-Identifier: MIT */
/*
 * The configuration given on the command line.
 */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

/* JSON text of the command line's configuration; "{}" when there is none. */
extern const char *command_line_config;

#endif
