#include "manifest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/modules.h"

enum { USAGE_STATUS = 2, PATH_SIZE = 4096 };

typedef struct Resource Resource;

struct Resource {
	Resource *next;
	char *name;
	char *path;
};

static char *config;
static Resource *resources;

static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long size;
	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
		text = malloc((size_t)size + 1);
		if (text && fread(text, 1, (size_t)size, file) == (size_t)size) {
			text[size] = 0;
			*length = (size_t)size;
		}
		else {
			free(text);
			text = NULL;
		}
	}
	fclose(file);
	return text;
}

static bool add_module(const char *name, const char *path)
{
	return modules_add(name, path) >= 0;
}

static bool add_resource(const char *name, const char *path)
{
	Resource *resource = calloc(1, sizeof *resource);
	if (!resource)
		return false;
	*resource = (Resource){ .next = resources, .name = strdup(name), .path = strdup(path) };
	resources = resource;
	return resource->name && resource->path;
}

/* Adds every "name": "path" of an object that xsVar(2) holds. */
static void add_all(xsMachine *the, const char *folder, bool (*add)(const char *name, const char *path))
{
	xsVar(3) = xsCall1(xsGet(xsGlobal, xsID("Object")), xsID("keys"), xsVar(2));
	xsIntegerValue count = xsToInteger(xsGet(xsVar(3), xsID("length")));
	for (xsIntegerValue i = 0; i < count; i++) {
		char full[PATH_SIZE];
		xsVar(4) = xsGetIndex(xsVar(3), (xsIndex)i);
		xsVar(5) = xsGetAt(xsVar(2), xsVar(4));
		const char *relative = xsToString(xsVar(5));
		int length = snprintf(full, sizeof full, "%s%s", relative[0] == '/' ? "" : folder, relative);
		if (length < 0 || (size_t)length >= sizeof full || !add(xsToString(xsVar(4)), full))
			xsRangeError("a path is too long");
	}
}

static void parse(xsMachine *the, const char *text, const char *folder)
{
	xsVars(6);
	xsVar(0) = xsGet(xsGlobal, xsID("JSON"));
	xsVar(1) = xsCall1(xsVar(0), xsID("parse"), xsString(text));
	xsVar(2) = xsGet(xsVar(1), xsID("modules"));
	add_all(the, folder, add_module);
	xsVar(2) = xsGet(xsVar(1), xsID("resources"));
	if (xsTest(xsVar(2)))
		add_all(the, folder, add_resource);
	xsVar(4) = xsGet(xsVar(1), xsID("config"));
	xsVar(5) = xsCall1(xsVar(0), xsID("stringify"), xsVar(4));
	config = strdup(xsTest(xsVar(4)) ? xsToString(xsVar(5)) : "{}");
}

void manifest_read(xsMachine *the, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
	size_t length = 0;
	char *text = read_file(path, &length);
	if (!text || !folder) {
		fprintf(stderr, "Cannot read %s (%s): build it with npm run build.\n", path, strerror(errno));
		exit(USAGE_STATUS);
	}
	xsTry {
		parse(the, text, folder);
	}
	xsCatch {
		fprintf(stderr, "%s is not a list of modules: %s\n", path, xsToString(xsException));
		exit(USAGE_STATUS);
	}
	free(text);
	free(folder);
}

const char *manifest_config(void)
{
	return config ? config : "{}";
}

char *manifest_resource(const char *name, size_t *length)
{
	for (Resource *resource = resources; resource; resource = resource->next) {
		if (strcmp(resource->name, name) == 0)
			return read_file(resource->path, length);
	}
	return NULL;
}

void manifest_free(void)
{
	free(config);
	config = NULL;
	while (resources) {
		Resource *resource = resources;
		resources = resource->next;
		free(resource->name);
		free(resource->path);
		free(resource);
	}
	modules_clear();
}
