/* SPDX-License-Identifier: MIT */
#include "bytecode.h"

#include "file.h"

static const char magic[8] = "XSCODE1";

typedef struct {
	/* Length of the name with its terminating zero, which follows; then the symbols, then the code. */
	uint32_t name_size, symbols_size, code_size;
} entry_t;

static char *archive;
static size_t archive_size;

static uint32_t version(void)
{
	return XS_MAJOR_VERSION << 24 | XS_MINOR_VERSION << 16 | XS_PATCH_VERSION << 8 | sizeof(txID);
}

/* Reads the entry at an offset; false at the end of the file and for an entry that does not fit into it. */
static bool entry_at(size_t offset, entry_t *entry)
{
	if (archive_size - offset < sizeof *entry)
		return false;
	memcpy(entry, archive + offset, sizeof *entry);
	size_t rest = archive_size - offset - sizeof *entry;
	if (entry->name_size == 0 || entry->name_size > rest)
		return false;
	rest -= entry->name_size;
	return entry->symbols_size <= rest && entry->code_size <= rest - entry->symbols_size;
}

static size_t size_of(const entry_t *entry)
{
	return sizeof *entry + entry->name_size + entry->symbols_size + entry->code_size;
}

/* Whether the entries fill the file exactly and each name ends with a zero. */
static bool is_sound(void)
{
	size_t offset = sizeof magic + sizeof(uint32_t);
	entry_t entry;
	for (; offset < archive_size && entry_at(offset, &entry); offset += size_of(&entry)) {
		if (archive[offset + sizeof entry + entry.name_size - 1] != 0)
			return false;
	}
	return offset == archive_size;
}

static bool is_ours(void)
{
	uint32_t expected = version();
	return archive_size >= sizeof magic + sizeof expected && memcmp(archive, magic, sizeof magic) == 0 &&
		memcmp(archive + sizeof magic, &expected, sizeof expected) == 0 && is_sound();
}

bool bytecode_open(const char *path)
{
	bytecode_close();
	archive = file_read(path, &archive_size);
	if (archive && is_ours())
		return true;
	bytecode_close();
	return false;
}

static txS1 *copy(const char *bytes, size_t size)
{
	txS1 *result = malloc(size);
	if (result)
		memcpy(result, bytes, size);
	return result;
}

static txScript *script_of(const entry_t *entry, const char *symbols)
{
	txScript *script = calloc(1, sizeof *script);
	if (!script)
		return NULL;
	script->symbolsBuffer = copy(symbols, entry->symbols_size);
	script->symbolsSize = (txSize)entry->symbols_size;
	script->codeBuffer = copy(symbols + entry->symbols_size, entry->code_size);
	script->codeSize = (txSize)entry->code_size;
	if (script->symbolsBuffer && script->codeBuffer)
		return script;
	fxDeleteScript(script);
	return NULL;
}

txScript *bytecode_script(const char *name)
{
	if (!archive)
		return NULL;
	entry_t entry;
	for (size_t offset = sizeof magic + sizeof(uint32_t); entry_at(offset, &entry); offset += size_of(&entry)) {
		const char *found = archive + offset + sizeof entry;
		if (strcmp(found, name) == 0)
			return script_of(&entry, found + entry.name_size);
	}
	return NULL;
}

bool bytecode_begin(FILE *file)
{
	uint32_t number = version();
	return fwrite(magic, sizeof magic, 1, file) == 1 && fwrite(&number, sizeof number, 1, file) == 1;
}

bool bytecode_add(FILE *file, const char *name, const txScript *script)
{
	const entry_t entry = {
		.name_size = (uint32_t)strlen(name) + 1,
		.symbols_size = (uint32_t)script->symbolsSize,
		.code_size = (uint32_t)script->codeSize,
	};
	return fwrite(&entry, sizeof entry, 1, file) == 1 && fwrite(name, entry.name_size, 1, file) == 1 &&
		fwrite(script->symbolsBuffer, entry.symbols_size, 1, file) == 1 &&
		fwrite(script->codeBuffer, entry.code_size, 1, file) == 1;
}

void bytecode_close(void)
{
	free(archive);
	archive = NULL;
	archive_size = 0;
}
