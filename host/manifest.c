/* SPDX-License-Identifier: MIT */
#include "manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/file.h"
#include "engine/modules.h"
#include "engine/names.h"

enum { USAGE_STATUS = 2, PATH_SIZE = 4096 };

typedef int (*add_function_t)(const char *name, const char *path);

static char *config;
static name_table_t resources;
static char **preload;
static xsCreation creation;

static int add_resource(const char *name, const char *path)
{
	return names_add(&resources, name, path);
}

const char *manifest_resource(const char *name)
{
	return names_find(&resources, name);
}

static void add_file(xsMachine *the, const char *folder, xsSlot *name, xsSlot *path, add_function_t add)
{
	char full[PATH_SIZE];
	const char *relative = fxToString(the, path);
	int length = snprintf(full, sizeof full, "%s%s", relative[0] == '/' ? "" : folder, relative);
	if (length < 0 || (size_t)length >= sizeof full || add(fxToString(the, name), full) < 0)
		xsRangeError("a path is too long");
}

enum { JSON, ROOT, FILES, NAMES, NAME, PATH, VARIABLES };

/* An object of names and paths in the root object. */
static void add_files(xsMachine *the, const char *property, const char *folder, add_function_t add)
{
	xsVar(FILES) = xsGet(xsVar(ROOT), xsID(property));
	if (!xsTest(xsVar(FILES)))
		return;
	xsVar(NAMES) = xsGet(xsGlobal, xsID("Object"));
	xsVar(NAMES) = xsCall1(xsVar(NAMES), xsID("keys"), xsVar(FILES));
	xsIntegerValue count = xsToInteger(xsGet(xsVar(NAMES), xsID("length")));
	for (xsIntegerValue i = 0; i < count; i++) {
		xsVar(NAME) = xsGetIndex(xsVar(NAMES), (xsIndex)i);
		xsVar(PATH) = xsGetAt(xsVar(FILES), xsVar(NAME));
		add_file(the, folder, &xsVar(NAME), &xsVar(PATH), add);
	}
}

static void add_preload(xsMachine *the)
{
	xsVar(NAMES) = xsGet(xsVar(ROOT), xsID("preload"));
	xsIntegerValue count = xsTest(xsVar(NAMES)) ? xsToInteger(xsGet(xsVar(NAMES), xsID("length"))) : 0;
	preload = calloc((size_t)count + 1, sizeof *preload);
	for (xsIntegerValue i = 0; preload && i < count; i++) {
		xsVar(NAME) = xsGetIndex(xsVar(NAMES), (xsIndex)i);
		preload[i] = strdup(xsToString(xsVar(NAME)));
	}
}

/* A number of the creation object: of `group`'s object when that is not NULL. */
static xsIntegerValue size_of(xsMachine *the, const char *group, const char *name)
{
	xsVar(NAME) = xsGet(xsVar(ROOT), xsID("creation"));
	if (group)
		xsVar(NAME) = xsGet(xsVar(NAME), xsID(group));
	xsVar(PATH) = xsGet(xsVar(NAME), xsID(name));
	return xsToInteger(xsVar(PATH));
}

static void read_creation(xsMachine *the)
{
	if (!xsTest(xsGet(xsVar(ROOT), xsID("creation"))))
		return;
	creation.initialChunkSize = size_of(the, "chunk", "initial");
	creation.incrementalChunkSize = size_of(the, "chunk", "incremental");
	creation.initialHeapCount = size_of(the, "heap", "initial");
	creation.incrementalHeapCount = size_of(the, "heap", "incremental");
	creation.stackCount = size_of(the, NULL, "stack");
	creation.initialKeyCount = size_of(the, "keys", "initial");
	creation.incrementalKeyCount = size_of(the, "keys", "incremental");
	creation.nameModulo = size_of(the, "keys", "name");
	creation.symbolModulo = size_of(the, "keys", "symbol");
	creation.parserBufferSize = size_of(the, "parser", "buffer");
	creation.parserTableModulo = size_of(the, "parser", "table");
}

/* The file of compiled modules, if there is one: without it, modules are compiled from their JavaScript. */
static void open_bytecode(xsMachine *the, const char *folder)
{
	char path[PATH_SIZE];
	xsVar(PATH) = xsGet(xsVar(ROOT), xsID("bytecode"));
	if (!xsTest(xsVar(PATH)))
		return;
	const char *relative = fxToString(the, &xsVar(PATH));
	int length = snprintf(path, sizeof path, "%s%s", relative[0] == '/' ? "" : folder, relative);
	if (length >= 0 && (size_t)length < sizeof path)
		modules_use_bytecode(path);
}

static void parse(xsMachine *the, const char *text, const char *folder)
{
	xsVars(VARIABLES);
	xsVar(JSON) = xsGet(xsGlobal, xsID("JSON"));
	xsVar(ROOT) = xsString(text);
	xsVar(ROOT) = xsCall1(xsVar(JSON), xsID("parse"), xsVar(ROOT));
	add_files(the, "modules", folder, modules_add);
	add_files(the, "resources", folder, add_resource);
	open_bytecode(the, folder);
	add_preload(the);
	read_creation(the);
	xsVar(NAME) = xsGet(xsVar(ROOT), xsID("config"));
	xsVar(PATH) = xsCall1(xsVar(JSON), xsID("stringify"), xsVar(NAME));
	config = strdup(xsTest(xsVar(NAME)) ? xsToString(xsVar(PATH)) : "{}");
}

void manifest_read(xsMachine *the, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
	size_t size;
	char *text = file_read(path, &size);
	if (!text || !folder) {
		fprintf(stderr, "Cannot read %s (%s): build it with npm run build.\n", path, strerror(errno));
		exit(USAGE_STATUS);
	}
	xsTry
	{
		parse(the, text, folder);
	}
	xsCatch
	{
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

const char *manifest_preload(size_t index)
{
	return preload ? preload[index] : NULL;
}

const xsCreation *manifest_creation(void)
{
	return &creation;
}

void manifest_free(void)
{
	for (size_t i = 0; preload && preload[i]; i++)
		free(preload[i]);
	free(preload);
	preload = NULL;
	free(config);
	config = NULL;
	names_clear(&resources);
	modules_clear();
}
