/* SPDX-License-Identifier: MIT */
/*
 * xs [--heap RESULT.JSON] MODULES.JSON MODULE [CONFIG | @FILE | @DESCRIPTOR]: runs a module and what it imports until
 * nothing is left to wait for. With --heap, in a machine like the board's: see heap.h.
 *
 * xs --compile BYTECODE MODULES.JSON: compiles all modules into a file: see engine/bytecode.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "engine/file.h"
#include "engine/machine.h"
#include "engine/modules.h"
#include "engine/native.h"
#include "exit.h"
#include "heap.h"
#include "loop.h"
#include "manifest.h"
#include "restart.h"

enum { USAGE_STATUS = 2, SIGNAL_STATUS = 128 };

static const xsCreation creation = {
	.initialChunkSize = 256 * 1024,
	.incrementalChunkSize = 64 * 1024,
	/* The firmware fills half of it: a collection while it starts would take a million instructions. */
	.initialHeapCount = 32 * 1024,
	.incrementalHeapCount = 4 * 1024,
	.stackCount = 8 * 1024,
	.initialKeyCount = 2 * 1024,
	.incrementalKeyCount = 256,
	.nameModulo = 1993,
	.symbolModulo = 127,
	.parserBufferSize = 64 * 1024,
	.parserTableModulo = 1993,
};

const char *command_line_config = "{}";
int exit_status = EXIT_SUCCESS;
static xsMachine *machine;

static void end_by_signal(int number)
{
	_exit(SIGNAL_STATUS + number);
}

/* The result of --heap is wanted from a program that a signal ends, too. */
static void stop_by_signal(int number)
{
	exit_status = SIGNAL_STATUS + number;
	loop_stop();
}

static void handle_signals(bool stop)
{
	struct sigaction action = { .sa_handler = stop && loop_enable_stop() ? stop_by_signal : end_by_signal };
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static void trace(xsMachine *the)
{
	xsIntegerValue count = xsToInteger(xsArgc);
	for (xsIntegerValue i = 0; i < count; i++) {
		char *text = xsToString(xsArg(i));
		machine_write(text, strlen(text));
	}
}

static xsMachine *make_machine(const xsCreation *sizes)
{
	xsMachine *made = xsCreateMachine((xsCreation *)sizes, "host", NULL);
	if (made)
		return made;
	fputs("The XS machine could not be made: not enough memory.\n", stderr);
	exit(EXIT_FAILURE);
}

static void read_manifest(const char *path)
{
	xsBeginHost(machine);
	{
		manifest_read(the, path);
	}
	xsEndHost(machine);
}

static void install_globals(void)
{
	xsBeginHost(machine);
	{
		native_install(the);
		xsResult = xsNewHostFunction(trace, 1);
		xsSet(xsGlobal, xsID("trace"), xsResult);
	}
	xsEndHost(machine);
}

/* Replaces the machine by a clone like the board's; returns the root that it is a clone of. */
static xsMachine *become_board(void)
{
	const xsCreation sizes = heap_root_creation(&creation);
	xsDeleteMachine(machine);
	xsMachine *root = machine = make_machine(&sizes);
	install_globals();
	machine = heap_clone(root);
	return root;
}

static void run(const char *module)
{
	xsBeginHost(machine);
	{
		modules_run(the, module);
	}
	xsEndHost(machine);
	loop_run(machine_settle, machine);
}

static int finish(const char *module)
{
	bool stopped = exit_status > SIGNAL_STATUS;
	size_t pending = stopped ? 0 : modules_pending();
	if (pending)
		fprintf(stderr, "%s never finished: a top-level await waits, and nothing is left that could end it.\n", module);
	return pending ? EXIT_FAILURE : exit_status;
}

static int usage(const char *program)
{
	fprintf(stderr,
		"usage: %s [--heap RESULT.JSON] MODULES.JSON MODULE [CONFIG JSON | @FILE | @DESCRIPTOR]\n"
		"       %s --compile BYTECODE MODULES.JSON\n",
		program, program);
	return USAGE_STATUS;
}

static int compile(const char *path, const char *manifest)
{
	machine = make_machine(&creation);
	read_manifest(manifest);
	bool written = modules_compile(machine, path);
	if (!written)
		fprintf(stderr, "Cannot write %s: %s\n", path, strerror(errno));
	xsDeleteMachine(machine);
	manifest_free();
	return written ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* CONFIG; or from a file, "@PATH", or an open descriptor, "@3": a command line has a limit, and everybody can read it.
 */
static bool take_config(const char *config)
{
	size_t size;
	if (config[0] == '@') {
		bool is_number = config[1] >= '0' && config[1] <= '9';
		config = is_number ? file_read_descriptor(atoi(config + 1), &size) : file_read(config + 1, &size);
	}
	if (config)
		command_line_config = config;
	return config != NULL;
}

int main(int argc, char *argv[])
{
	const char *program = argv[0], *heap_result = NULL;
	restart_remember(argv);
	if (argc == 4 && strcmp(argv[1], "--compile") == 0)
		return compile(argv[2], argv[3]);
	if (argc > 2 && strcmp(argv[1], "--heap") == 0) {
		heap_result = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3 || argc > 4)
		return usage(program);
	if (argc > 3 && !take_config(argv[3])) {
		fprintf(stderr, "The configuration in %s cannot be read: %s.\n", argv[3] + 1, strerror(errno));
		return USAGE_STATUS;
	}
	handle_signals(heap_result != NULL);
	loop_microseconds();
	xsMachine *root = NULL;
	machine = make_machine(&creation);
	read_manifest(argv[1]);
	if (heap_result)
		root = become_board();
	else
		install_globals();
	run(argv[2]);
	int status = finish(argv[2]);
	if (heap_result && !heap_write(machine, heap_result))
		status = EXIT_FAILURE;
	xsDeleteMachine(machine);
	if (root)
		xsDeleteMachine(root);
	manifest_free();
	return status;
}
