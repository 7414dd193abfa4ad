/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <stdlib.h>
#include <string.h>

struct name_entry {
	name_entry_t *next;
	char *path;
	char name[];
};

int names_add(name_table_t *table, const char *name, const char *path)
{
	size_t name_size = strlen(name) + 1, path_size = strlen(path) + 1;
	name_entry_t *entry = malloc(sizeof *entry + name_size + path_size);
	if (!entry)
		return -1;
	memcpy(entry->name, name, name_size);
	entry->path = entry->name + name_size;
	memcpy(entry->path, path, path_size);
	entry->next = table->first;
	table->first = entry;
	return 0;
}

const char *names_find(const name_table_t *table, const char *name)
{
	for (const name_entry_t *entry = table->first; entry; entry = entry->next) {
		if (strcmp(entry->name, name) == 0)
			return entry->path;
	}
	return NULL;
}

bool names_each(const name_table_t *table, name_visit_t visit, void *context)
{
	for (const name_entry_t *entry = table->first; entry; entry = entry->next) {
		if (!visit(entry->name, entry->path, context))
			return false;
	}
	return true;
}

void names_clear(name_table_t *table)
{
	while (table->first) {
		name_entry_t *entry = table->first;
		table->first = entry->next;
		free(entry);
	}
}
