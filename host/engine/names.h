/* SPDX-License-Identifier: MIT */
/*
 * Names and the paths behind them.
 */
#ifndef HOST_NAMES_H
#define HOST_NAMES_H

#include <stdbool.h>

typedef struct name_entry name_entry_t;

typedef bool (*name_visit_t)(const char *name, const char *path, void *context);

/* Empty when zero. */
typedef struct {
	name_entry_t *first;
} name_table_t;

/* Copies both strings. Returns 0, or -1 when memory is short. */
int names_add(name_table_t *table, const char *name, const char *path);
/* The path, or NULL. */
const char *names_find(const name_table_t *table, const char *name);
/* Calls a function for each name until it returns false; false then. */
bool names_each(const name_table_t *table, name_visit_t visit, void *context);
void names_clear(name_table_t *table);

#endif
