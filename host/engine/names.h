/* SPDX-License-Identifier: MIT */
/*
 * Names and the paths behind them.
 */
#ifndef HOST_NAMES_H
#define HOST_NAMES_H

typedef struct name_entry name_entry_t;

/* Empty when zero. */
typedef struct {
	name_entry_t *first;
} name_table_t;

/* Copies both strings. Returns 0, or -1 when memory is short. */
int names_add(name_table_t *table, const char *name, const char *path);
/* The path, or NULL. */
const char *names_find(const name_table_t *table, const char *name);
void names_clear(name_table_t *table);

#endif
