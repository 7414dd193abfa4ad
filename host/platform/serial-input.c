/* SPDX-License-Identifier: MIT */
/* Standard input as it comes, for serial-input.ts. */
#include "xsmc.h"
#include "mc.xs.h"
#include "loop.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { READ = 256, NULL_MAJOR = 1, NULL_MINOR = 3 };

static xsMachine *machine;
static xsSlot taker;

/* At the end, or after an error, nothing more comes: the program goes on without it. */
static void ready(loop_descriptor_t *self, short revents)
{
	char bytes[READ];
	(void)revents;
	ssize_t length = read(self->descriptor, bytes, sizeof bytes);
	if (length <= 0) {
		loop_remove_descriptor(self);
		return;
	}
	xsBeginHost(machine);
	{
		xsmcVars(1);
		xsmcSetArrayBuffer(xsVar(0), bytes, (xsIntegerValue)length);
		xsCall1(taker, xsID_push, xsVar(0));
	}
	xsEndHost(machine);
}

static loop_descriptor_t input = { .descriptor = STDIN_FILENO, .events = POLLIN, .ready = ready, .background = true };

/* On Linux, /dev/null is the character device 1:3. */
static bool is_there(void)
{
	struct stat status;
	if (fstat(STDIN_FILENO, &status) < 0)
		return false;
	return !S_ISCHR(status.st_mode) || status.st_rdev != makedev(NULL_MAJOR, NULL_MINOR);
}

/* (taker): calls its push(ArrayBuffer) whenever bytes come. Called once. Returns whether there is input. */
void xs_serial_input_start(xsMachine *the)
{
	bool there = is_there();
	if (there) {
		machine = the;
		taker = xsArg(0);
		xsRemember(taker);
		loop_add_descriptor(&input);
	}
	xsmcSetBoolean(xsResult, there);
}
