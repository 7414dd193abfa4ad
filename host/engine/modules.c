/* SPDX-License-Identifier: MIT */
/*
 * XS' platform functions for modules: names as the SDK resolves them, sources as tsc leaves them, with source maps.
 */
#include "xsAll.h"
#include "xsScript.h"

#include "bytecode.h"
#include "modules.h"
#include "names.h"

/* Of our own: what `creation` says is for the scripts that a program on the board parses, which loads compiled modules.
 */
enum { PARSER_BUFFER_SIZE = 64 * 1024, PARSER_TABLE_MODULO = 1993 };

static name_table_t modules;
static size_t pending;
/* Why a module was not loaded, first of all that were not: XS reports only what that leads to in its importers. */
static char failure[512];
static char parser_message[512];

int modules_add(const char *name, const char *path)
{
	return names_add(&modules, name, path);
}

void modules_clear(void)
{
	bytecode_close();
	names_clear(&modules);
}

const char *modules_path(const char *name)
{
	return names_find(&modules, name);
}

size_t modules_pending(void)
{
	return pending;
}

static void strip_extension(char *name)
{
	char *slash = strrchr(name, '/');
	char *dot = strrchr(slash ? slash : name, '.');
	if (dot && (strcmp(dot, ".js") == 0 || strcmp(dot, ".mjs") == 0))
		*dot = 0;
}

/* Drops the last part of a path; false when there is none. */
static bool drop_last(char *path)
{
	char *slash = strrchr(path, '/');
	if (!slash)
		return false;
	*slash = 0;
	return true;
}

/* A relative specifier ("./x", "../x") against the importer's name; false when it leads above the root. */
static bool resolve(const char *importer, char *name, size_t size)
{
	char path[C_PATH_MAX];
	size_t dots = name[1] == '.' ? 2 : 1;
	int length = snprintf(path, sizeof path, "/%s", importer);
	if (length < 0 || (size_t)length >= sizeof path || !drop_last(path) || (dots == 2 && !drop_last(path)))
		return false;
	if (strlen(path) + strlen(name + dots) >= size)
		return false;
	strcat(path, name + dots);
	strcpy(name, path + 1);
	return true;
}

static bool is_relative(const char *name)
{
	return strncmp(name, "./", 2) == 0 || strncmp(name, "../", 3) == 0;
}

static void keep_failure(const char *message)
{
	if (!failure[0])
		snprintf(failure, sizeof failure, "%s", message);
}

txID fxFindModule(txMachine *the, txSlot *realm, txID module_id, txSlot *slot)
{
	char name[C_PATH_MAX], specifier[128], message[sizeof failure];
	const char *importer = module_id == XS_NO_ID ? NULL : fxGetKeyName(the, module_id);
	(void)realm;
	fxToStringBuffer(the, slot, name, sizeof name);
	snprintf(specifier, sizeof specifier, "%.120s", name);
	strip_extension(name);
	if (is_relative(name) && !(importer && resolve(importer, name, sizeof name)))
		name[0] = 0;
	if (modules_path(name))
		return fxNewNameC(the, name);
	if (importer)
		snprintf(message, sizeof message, "there is no module \"%s\" (imported by \"%s\")", specifier, importer);
	else
		snprintf(message, sizeof message, "there is no module \"%s\"", specifier);
	keep_failure(message);
	mxReferenceError("%s", message);
	return XS_NO_ID;
}

static void keep_parser_error(void *console, txString path, txInteger line, txString format, c_va_list arguments)
{
	(void)console;
	int length = snprintf(parser_message, sizeof parser_message, "%s:%d: ", path ? path : "?", (int)line);
	if (length >= 0 && (size_t)length < sizeof parser_message)
		vsnprintf(parser_message + length, sizeof parser_message - (size_t)length, format, arguments);
}

static void ignore_parser_warning(void *console, txString path, txInteger line, txString format, c_va_list arguments)
{
	(void)console, (void)path, (void)line, (void)format, (void)arguments;
}

/* The path as stacks shall show it: from the current folder if it lies in there. */
static txSymbol *shown_path(txParser *parser, const char *file)
{
	char current[C_PATH_MAX], real[C_PATH_MAX];
	char *path = c_realpath(file, real) ? real : (char *)file;
	size_t length = getcwd(current, sizeof current) ? strlen(current) : 0;
	if (length > 1 && strncmp(path, current, length) == 0 && path[length] == '/')
		path += length + 1;
	return fxNewParserSymbol(parser, path);
}

/* Reads the source map and makes it the parser's view of lines; the file stays in *file until it is closed. */
static void parse_map(txParser *parser, const char *path, txString name, FILE **file)
{
	char map[C_PATH_MAX];
	mxParserThrowElse(c_realpath(fxCombinePath(parser, (txString)path, name), map));
	*file = fopen(map, "r");
	mxParserThrowElse(*file);
	name = NULL;
	fxParserSourceMap(parser, *file, (txGetter)fgetc, mxDebugFlag, &name);
	fclose(*file);
	*file = NULL;
	if (parser->errorCount == 0 && name)
		parser->path = shown_path(parser, fxCombinePath(parser, map, name));
}

/* Parses and compiles a file; NULL with the reason in parser_message. */
static txScript *load_script(txMachine *the, const char *path)
{
	txParser parser;
	txParserJump jump;
	FILE *volatile open_file = NULL;
	txScript *volatile script = NULL;
	parser_message[0] = 0;
	fxInitializeParser(&parser, the, PARSER_BUFFER_SIZE, PARSER_TABLE_MODULO);
	parser.reportError = keep_parser_error;
	parser.reportWarning = ignore_parser_warning;
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		txString map = NULL;
		FILE *file = open_file = fopen(path, "r");
		txParser *self = &parser;
		if (!file)
			snprintf(parser_message, sizeof parser_message, "cannot read %s: %s", path, strerror(errno));
		else {
			parser.path = shown_path(self, path);
			fxParserTree(self, file, (txGetter)fgetc, mxDebugFlag, &map);
			fclose(file);
			file = open_file = NULL;
			if (map)
				parse_map(self, path, map, &file);
			fxParserHoist(self);
			fxParserBind(self);
			script = fxParserCode(self);
		}
	}
	if (open_file)
		fclose(open_file);
	if (!script && !parser_message[0])
		snprintf(parser_message, sizeof parser_message, "cannot read the source map of %s: %s", path,
			strerror(parser.error));
	if (script && parser.errorCount > 0) {
		fxDeleteScript(script);
		script = NULL;
	}
	fxTerminateParser(&parser);
	return script;
}

/* The compiled script that the build left, or one that is compiled now. */
static txScript *find_script(txMachine *the, const char *name)
{
	const char *path = modules_path(name);
	txScript *script = path ? bytecode_script(name) : NULL;
	return script || !path ? script : load_script(the, path);
}

void fxLoadModule(txMachine *the, txSlot *module, txID module_id)
{
	txScript *script = find_script(the, fxGetKeyName(the, module_id));
	if (!script) {
		keep_failure(parser_message);
		mxSyntaxError("%s", parser_message);
	}
	fxResolveModule(the, module, module_id, script, C_NULL, C_NULL);
}

void modules_use_bytecode(const char *path)
{
	bytecode_open(path);
}

typedef struct {
	txMachine *the;
	FILE *file;
} compilation_t;

static bool compile_module(const char *name, const char *path, void *context)
{
	const compilation_t *compilation = context;
	txScript *script = load_script(compilation->the, path);
	bool written = !script || script->hostsBuffer || bytecode_add(compilation->file, name, script);
	fxDeleteScript(script);
	return written;
}

bool modules_compile(xsMachine *the, const char *path)
{
	compilation_t compilation = { the, fopen(path, "wb") };
	if (!compilation.file)
		return false;
	bool written = bytecode_begin(compilation.file) && names_each(&modules, compile_module, &compilation);
	return fclose(compilation.file) == 0 && written;
}

static void import_fulfilled(txMachine *the)
{
	(void)the;
	pending--;
}

/* As the SDK does (xsHosts.c, setStepDone). */
static void program_fulfilled(txMachine *the)
{
	pending--;
	mxPushUndefined();
	mxPushSlot(mxArgv(0));
	mxGetID(mxID(_default));
	if (!fxIsCallable(the, the->stack))
		return;
	mxCall();
	mxRunCount(0);
}

static void import_rejected(txMachine *the)
{
	mxException = *mxArgv(0);
	if (failure[0] && !strstr(fxToString(the, mxArgv(0)), failure))
		fprintf(stderr, "A module was not loaded: %s.\n", failure);
	fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
}

static void import(txMachine *the, const char *name, txCallback fulfilled)
{
	txSlot *realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
	pending++;
	mxPushStringC((txString)name);
#if XS_MAJOR_VERSION >= 17
	mxPushUndefined();
#endif
	fxRunImport(the, realm, XS_NO_ID);
	mxDub();
	fxGetID(the, mxID(_then));
	mxCall();
	fxNewHostFunction(the, fulfilled, 1, XS_NO_ID, XS_NO_ID);
	fxNewHostFunction(the, import_rejected, 1, XS_NO_ID, XS_NO_ID);
	mxRunCount(2);
	mxPop();
}

void modules_import(xsMachine *the, const char *name)
{
	import(the, name, import_fulfilled);
}

void modules_run(xsMachine *the, const char *name)
{
	import(the, name, program_fulfilled);
}
