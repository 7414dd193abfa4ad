#include "names.h"

#include <stdlib.h>
#include <string.h>

struct NameEntry {
	NameEntry *next;
	char *path;
	char name[];
};

int names_add(NameTable *table, const char *name, const char *path)
{
	size_t name_size = strlen(name) + 1, path_size = strlen(path) + 1;
	NameEntry *entry = malloc(sizeof *entry + name_size + path_size);
	if (!entry)
		return -1;
	memcpy(entry->name, name, name_size);
	entry->path = entry->name + name_size;
	memcpy(entry->path, path, path_size);
	entry->next = table->first;
	table->first = entry;
	return 0;
}

const char *names_find(const NameTable *table, const char *name)
{
	for (const NameEntry *entry = table->first; entry; entry = entry->next) {
		if (strcmp(entry->name, name) == 0)
			return entry->path;
	}
	return NULL;
}

void names_clear(NameTable *table)
{
	while (table->first) {
		NameEntry *entry = table->first;
		table->first = entry->next;
		free(entry);
	}
}
