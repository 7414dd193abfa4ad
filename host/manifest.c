#include "manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/modules.h"

enum { USAGE_STATUS = 2, PATH_SIZE = 4096 };

static char *config;

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long size;
	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
		text = malloc((size_t)size + 1);
		if (text && fread(text, 1, (size_t)size, file) == (size_t)size)
			text[size] = 0;
		else {
			free(text);
			text = NULL;
		}
	}
	fclose(file);
	return text;
}

static void add_module(xsMachine *the, const char *folder, xsSlot *name, xsSlot *path)
{
	char full[PATH_SIZE];
	const char *relative = fxToString(the, path);
	int length = snprintf(full, sizeof full, "%s%s", relative[0] == '/' ? "" : folder, relative);
	if (length < 0 || (size_t)length >= sizeof full || modules_add(fxToString(the, name), full) < 0)
		xsRangeError("a module's path is too long");
}

static void parse(xsMachine *the, const char *text, const char *folder)
{
	xsVars(6);
	xsVar(0) = xsGet(xsGlobal, xsID("JSON"));
	xsVar(1) = xsCall1(xsVar(0), xsID("parse"), xsString(text));
	xsVar(2) = xsGet(xsVar(1), xsID("modules"));
	xsVar(3) = xsCall1(xsGet(xsGlobal, xsID("Object")), xsID("keys"), xsVar(2));
	xsIntegerValue count = xsToInteger(xsGet(xsVar(3), xsID("length")));
	for (xsIntegerValue i = 0; i < count; i++) {
		xsVar(4) = xsGetIndex(xsVar(3), (xsIndex)i);
		xsVar(5) = xsGetAt(xsVar(2), xsVar(4));
		add_module(the, folder, &xsVar(4), &xsVar(5));
	}
	xsVar(4) = xsGet(xsVar(1), xsID("config"));
	xsVar(5) = xsCall1(xsVar(0), xsID("stringify"), xsVar(4));
	config = strdup(xsTest(xsVar(4)) ? xsToString(xsVar(5)) : "{}");
}

void manifest_read(xsMachine *the, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
	char *text = read_file(path);
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

void manifest_free(void)
{
	free(config);
	config = NULL;
	modules_clear();
}
