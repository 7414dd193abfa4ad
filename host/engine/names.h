/*
 * Names and the paths behind them.
 */
#ifndef HOST_NAMES_H
#define HOST_NAMES_H

typedef struct NameEntry NameEntry;

/** Empty when zero. */
typedef struct {
	NameEntry *first;
} NameTable;

/** Copies both strings. Returns 0, or -1 when memory is short. */
int names_add(NameTable *table, const char *name, const char *path);
/** The path, or NULL. */
const char *names_find(const NameTable *table, const char *name);
void names_clear(NameTable *table);

#endif
