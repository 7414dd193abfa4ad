/* SPDX-License-Identifier: MIT */
/*
 * XS' platform functions for jobs, fatal errors and output.
 */
#include "xsAll.h"

#include "machine.h"

static void report(txMachine *the, const char *heading)
{
	mxTry(the)
	{
		mxPush(mxException);
		if (mxIsReference(the->stack)) {
			mxDub();
			mxGetID(fxID(the, "stack"));
			if (mxIsUndefined(the->stack))
				mxPop();
		}
		fprintf(stderr, "%s: %s\n", heading, fxToString(the, the->stack));
		mxPop();
	}
	mxCatch(the)
	{
		fprintf(stderr, "%s: an object that has no string form\n", heading);
	}
}

/* After a throw that nothing caught, the machine's registers are still those of the frame that threw. */
static void unwind(txMachine *the)
{
	const txJump *jump = the->firstJump;
	if (!jump)
		return;
	the->stack = jump->stack;
	the->scope = jump->scope;
	the->frame = jump->frame;
	the->code = jump->code;
}

void fxAbort(txMachine *the, int status)
{
	switch (status) {
	case XS_UNHANDLED_EXCEPTION_EXIT:
		unwind(the);
		report(the, "Uncaught exception");
		break;
	case XS_UNHANDLED_REJECTION_EXIT:
		report(the, "Unhandled rejection");
		break;
#if XS_MAJOR_VERSION >= 17
	case XS_NATIVE_STACK_OVERFLOW_EXIT:
	case XS_JAVASCRIPT_STACK_OVERFLOW_EXIT:
#else
	case XS_STACK_OVERFLOW_EXIT:
#endif
		fputs("XS stack overflow: calls are nested too deep, or \"stack\" in the manifest's creation is too small.\n",
			stderr);
		break;
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		fputs("XS is out of memory: \"heap\" or \"chunk\" in the manifest's creation is too small.\n", stderr);
		break;
	case XS_NO_MORE_KEYS_EXIT:
		fputs("XS is out of keys: \"keys\" in the manifest's creation is too small.\n", stderr);
		break;
	default:
		fprintf(stderr, "XS stopped with its status %d.\n", status);
		break;
	}
	exit(EXIT_FAILURE);
}

void fxCreateMachinePlatform(txMachine *the)
{
	the->promiseJobs = 0;
}

void fxDeleteMachinePlatform(txMachine *the)
{
	(void)the;
}

void fxQueuePromiseJobs(txMachine *the)
{
	the->promiseJobs = 1;
}

void machine_settle(void *context)
{
	txMachine *the = context;
	do {
		while (the->promiseJobs) {
			the->promiseJobs = 0;
			fxRunPromiseJobs(the);
		}
		fxEndJob(the);
	} while (the->promiseJobs);
	fxCheckUnhandledRejections(the, 1);
}

void machine_write(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(STDOUT_FILENO, text, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			_exit(errno == EPIPE ? EXIT_SUCCESS : EXIT_FAILURE);
		text += written;
		length -= (size_t)written;
	}
}
