/*
 * xs MODULES.JSON MODULE [CONFIG]: runs a module and what it imports until nothing is left to wait for.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "engine/machine.h"
#include "engine/modules.h"
#include "engine/native.h"
#include "exit.h"
#include "loop.h"
#include "manifest.h"

enum { USAGE_STATUS = 2, SIGNAL_STATUS = 128 };

static const xsCreation creation = {
	.initialChunkSize = 256 * 1024,
	.incrementalChunkSize = 64 * 1024,
	.initialHeapCount = 16 * 1024,
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

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = end_by_signal };
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

static void start(const char *manifest, const char *module)
{
	xsBeginHost(machine);
	{
		manifest_read(the, manifest);
		native_install(the);
		xsResult = xsNewHostFunction(trace, 1);
		xsSet(xsGlobal, xsID("trace"), xsResult);
		modules_import(the, module);
	}
	xsEndHost(machine);
}

static int finish(const char *module)
{
	size_t pending = modules_pending();
	if (pending)
		fprintf(stderr, "%s never finished: a top-level await waits, and nothing is left that could end it.\n", module);
	xsDeleteMachine(machine);
	manifest_free();
	return pending ? EXIT_FAILURE : exit_status;
}

int main(int argc, char *argv[])
{
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: %s MODULES.JSON MODULE [CONFIG JSON]\n", argv[0]);
		return USAGE_STATUS;
	}
	if (argc > 3)
		command_line_config = argv[3];
	handle_signals();
	loop_microseconds();
	machine = xsCreateMachine((xsCreation *)&creation, "host", NULL);
	if (!machine) {
		fputs("The XS machine could not be made: not enough memory.\n", stderr);
		return EXIT_FAILURE;
	}
	start(argv[1], argv[2]);
	loop_run(machine_settle, machine);
	return finish(argv[2]);
}
