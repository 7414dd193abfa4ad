/* SPDX-License-Identifier: MIT */
/*
 * The event loop: file descriptors and timers over poll(2). Natives that wait for something register it here.
 *
 * The records are the caller's: embed one in the native's own structure and keep it at its address while registered.
 * Every call is from the loop's own thread. A callback may add and remove any record, its own included, and may free
 * the memory of a record that it removed.
 *
 * A registered descriptor or timer keeps the program running, but for background descriptors; with none left the loop
 * ends.
 */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct loop_descriptor loop_descriptor_t;
typedef struct loop_timer loop_timer_t;

struct loop_descriptor {
	/* The descriptor to watch. */
	int descriptor;
	/* poll(2)'s events; may be changed at any time. 0 waits for POLLERR and POLLHUP only. */
	short events;
	/* Called with poll(2)'s revents when there are any. */
	void (*ready)(loop_descriptor_t *self, short revents);
	/* It does not keep the program running. Not to be changed while registered. */
	bool background;
	/* The loop's own. */
	loop_descriptor_t *next, *previous;
};

struct loop_timer {
	/* Called once when the time has come; the timer is no longer registered then and may be added again. */
	void (*expired)(loop_timer_t *self);
	/* The loop's own: microseconds of loop_microseconds(), order of registration, list. */
	uint64_t due, sequence;
	loop_timer_t *next, *previous;
};

void loop_add_descriptor(loop_descriptor_t *self);
/* Does nothing for a descriptor that is not registered. */
void loop_remove_descriptor(loop_descriptor_t *self);

/* Registers a timer that expires at the given time of loop_microseconds(); one that is registered is moved. */
void loop_add_timer(loop_timer_t *self, uint64_t due);
/* Does nothing for a timer that is not registered. */
void loop_remove_timer(loop_timer_t *self);

/* Monotonic clock, microseconds; starts near zero with the program. */
uint64_t loop_microseconds(void);

/*
 * Runs until nothing is registered and `settle` has no more work. `settle` is called before every wait and after every
 * callback: it runs what the callback left behind (promise jobs), so that each callback is a turn of its own.
 */
void loop_run(void (*settle)(void *context), void *context);

/* Makes loop_stop() possible. Returns false with errno when it is not. */
bool loop_enable_stop(void);
/* Lets loop_run() return soon, whatever is registered. May be called by a signal handler. */
void loop_stop(void);

#endif
