/* SPDX-License-Identifier: MIT */
/*
 * Stand-in of the SDK's modules/base/timer.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "loop.h"

typedef struct {
	loop_timer_t timer;
	xsMachine *the;
	xsSlot self;
	xsSlot *callback;
	/* Milliseconds; 0: once. */
	xsIntegerValue repeat;
	/* In the callback: its timer must not be freed under it. */
	bool running;
	bool cleared;
} script_timer_t;

static void destroy(void *data)
{
	script_timer_t *timer = data;
	if (!timer)
		return;
	loop_remove_timer(&timer->timer);
	free(timer);
}

static void mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
	script_timer_t *timer = data;
	if (timer && timer->callback)
		mark_root(the, timer->callback);
}

static const xsHostHooks hooks = { destroy, mark, NULL };

static uint64_t after(xsIntegerValue milliseconds)
{
	return loop_microseconds() + (milliseconds > 0 ? (uint64_t)milliseconds * 1000 : 0);
}

/* Cuts the script's object loose; it stays an object, without a timer. */
static void release(xsMachine *the, script_timer_t *timer)
{
	xsmcSetHostData(timer->self, NULL);
	xsForget(timer->self);
	loop_remove_timer(&timer->timer);
	timer->callback = NULL;
	if (timer->running)
		timer->cleared = true;
	else
		free(timer);
}

static void expired(loop_timer_t *record)
{
	script_timer_t *timer = (script_timer_t *)record;
	xsMachine *machine = timer->the;
	timer->running = true;
	if (timer->repeat > 0)
		loop_add_timer(record, record->due + (uint64_t)timer->repeat * 1000);
	xsBeginHost(machine);
	{
		xsmcVars(1);
		xsVar(0) = xsAccess(timer->self);
		xsCallFunction1(xsReference(timer->callback), xsGlobal, xsVar(0));
	}
	xsEndHost(machine);
	timer->running = false;
	if (timer->cleared)
		free(timer);
	else if (timer->repeat == 0)
		release(machine, timer);
}

static void create(xsMachine *the, xsIntegerValue interval, xsIntegerValue repeat)
{
	if (!xsmcIsCallable(xsArg(0)))
		xsTypeError("Timer: the callback is not a function");
	script_timer_t *timer = calloc(1, sizeof *timer);
	if (!timer)
		xsUnknownError("Timer: out of memory");
	timer->timer.expired = expired;
	timer->the = the;
	timer->repeat = repeat;
	xsResult = xsNewHostObject(NULL);
	timer->self = xsResult;
	timer->callback = xsmcToReference(xsArg(0));
	xsmcSetHostData(xsResult, timer);
	xsSetHostHooks(xsResult, &hooks);
	xsRemember(timer->self);
	loop_add_timer(&timer->timer, after(interval));
}

static xsIntegerValue integer_argument(xsMachine *the, xsIntegerValue index)
{
	return xsmcArgc > index ? xsmcToInteger(xsArg(index)) : 0;
}

void xs_timer_set(xsMachine *the)
{
	xsIntegerValue interval = integer_argument(the, 1), repeat = integer_argument(the, 2);
	create(the, interval, repeat);
}

void xs_timer_repeat(xsMachine *the)
{
	xsIntegerValue interval = integer_argument(the, 1);
	create(the, interval, interval);
}

/* The script's timer, or NULL for anything else, a timer that has expired or was cleared included. */
static script_timer_t *timer_argument(xsMachine *the)
{
	if (xsmcArgc < 1 || xsmcTypeOf(xsArg(0)) != xsReferenceType || xsGetHostHooksIf(xsArg(0)) != &hooks)
		return NULL;
	return xsmcGetHostData(xsArg(0));
}

void xs_timer_schedule(xsMachine *the)
{
	script_timer_t *timer = timer_argument(the);
	if (!timer)
		xsUnknownError("Timer.schedule: the timer has expired or was cleared");
	if (xsmcArgc < 2 || xsmcTypeOf(xsArg(1)) == xsUndefinedType) {
		/* As on the board: it does not fire, and is not forgotten after the callback that is running. */
		loop_remove_timer(&timer->timer);
		timer->repeat = -1;
		return;
	}
	xsIntegerValue interval = xsmcToInteger(xsArg(1)), repeat = integer_argument(the, 2);
	timer = timer_argument(the);
	if (!timer)
		return;
	timer->repeat = repeat;
	loop_add_timer(&timer->timer, after(interval));
}

void xs_timer_clear(xsMachine *the)
{
	script_timer_t *timer = timer_argument(the);
	if (timer)
		release(the, timer);
}

void xs_timer_delay(xsMachine *the)
{
	xsIntegerValue milliseconds = xsmcToInteger(xsArg(0));
	if (milliseconds <= 0)
		return;
	struct timespec left = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}
