/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { MICROSECONDS = 1000000, LONGEST_WAIT = 3600 * 1000 };

static loop_descriptor_t *descriptors;
static size_t descriptor_count;
static loop_timer_t *timers; /* by due time, then by sequence */
static uint64_t timer_sequence;
static size_t background_count; /* of the registered descriptors: those that do not keep the loop running */
static volatile sig_atomic_t stopped;

/* What the current poll(2) looks at: the descriptor records, in the order of the pollfd array; NULL once removed. */
static struct pollfd *polled;
static loop_descriptor_t **watching;
static size_t watching_count, watching_capacity;

void loop_add_descriptor(loop_descriptor_t *self)
{
	self->previous = NULL;
	self->next = descriptors;
	if (descriptors)
		descriptors->previous = self;
	descriptors = self;
	descriptor_count++;
	background_count += self->background;
}

void loop_remove_descriptor(loop_descriptor_t *self)
{
	if (!self->previous && descriptors != self)
		return;
	if (self->previous)
		self->previous->next = self->next;
	else
		descriptors = self->next;
	if (self->next)
		self->next->previous = self->previous;
	self->next = self->previous = NULL;
	descriptor_count--;
	background_count -= self->background;
	for (size_t i = 0; i < watching_count; i++) {
		if (watching[i] == self)
			watching[i] = NULL;
	}
}

uint64_t loop_microseconds(void)
{
	static time_t start;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!start)
		start = now.tv_sec;
	return (uint64_t)(now.tv_sec - start) * MICROSECONDS + (uint64_t)(now.tv_nsec / 1000);
}

void loop_remove_timer(loop_timer_t *self)
{
	if (!self->previous && timers != self)
		return;
	if (self->previous)
		self->previous->next = self->next;
	else
		timers = self->next;
	if (self->next)
		self->next->previous = self->previous;
	self->next = self->previous = NULL;
}

void loop_add_timer(loop_timer_t *self, uint64_t due)
{
	loop_remove_timer(self);
	loop_timer_t *previous = NULL, *next = timers;
	while (next && next->due <= due) {
		previous = next;
		next = next->next;
	}
	self->due = due;
	self->sequence = ++timer_sequence;
	self->previous = previous;
	self->next = next;
	if (previous)
		previous->next = self;
	else
		timers = self;
	if (next)
		next->previous = self;
}

/* Milliseconds that poll(2) may sleep, rounded up; -1: until a descriptor is ready. */
static int longest_wait(void)
{
	if (!timers)
		return -1;
	uint64_t now = loop_microseconds();
	if (timers->due <= now)
		return 0;
	uint64_t milliseconds = (timers->due - now + 999) / 1000;
	return milliseconds < LONGEST_WAIT ? (int)milliseconds : LONGEST_WAIT;
}

static void *grow(void *memory, size_t count, size_t size)
{
	void *grown = realloc(memory, count * size);
	if (!grown) {
		fputs("Out of memory: no room for the list of open sockets.\n", stderr);
		exit(EXIT_FAILURE);
	}
	return grown;
}

static void list_descriptors(void)
{
	if (watching_capacity < descriptor_count) {
		watching_capacity = 2 * descriptor_count;
		polled = grow(polled, watching_capacity, sizeof *polled);
		watching = grow(watching, watching_capacity, sizeof *watching);
	}
	watching_count = 0;
	for (loop_descriptor_t *self = descriptors; self; self = self->next) {
		polled[watching_count] = (struct pollfd){ .fd = self->descriptor, .events = self->events };
		watching[watching_count++] = self;
	}
}

/* Only timers that were registered before this call: one that a callback adds waits for the next turn. */
static void run_timers(void (*settle)(void *), void *context)
{
	uint64_t now = loop_microseconds(), last = timer_sequence;
	loop_timer_t *self = timers;
	while (self && self->due <= now) {
		if (self->sequence > last) {
			self = self->next;
			continue;
		}
		loop_remove_timer(self);
		self->expired(self);
		settle(context);
		self = timers;
	}
}

static void run_descriptors(void (*settle)(void *), void *context)
{
	for (size_t i = 0; i < watching_count; i++) {
		if (!watching[i] || !polled[i].revents)
			continue;
		watching[i]->ready(watching[i], polled[i].revents);
		settle(context);
	}
	watching_count = 0;
}

static void stop_ready(loop_descriptor_t *self, short revents)
{
	(void)self, (void)revents;
}

static loop_descriptor_t stop_event = { .descriptor = -1, .events = POLLIN, .ready = stop_ready, .background = true };

bool loop_enable_stop(void)
{
	stop_event.descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_event.descriptor < 0)
		return false;
	loop_add_descriptor(&stop_event);
	return true;
}

void loop_stop(void)
{
	const uint64_t one = 1;
	stopped = 1;
	if (write(stop_event.descriptor, &one, sizeof one) < 0)
		return;
}

void loop_run(void (*settle)(void *context), void *context)
{
	settle(context);
	while (!stopped && (descriptor_count > background_count || timers)) {
		list_descriptors();
		if (poll(polled, watching_count, longest_wait()) < 0)
			watching_count = 0; /* EINTR: the next turn asks again */
		run_timers(settle, context);
		run_descriptors(settle, context);
	}
	free(polled);
	free(watching);
	polled = NULL;
	watching = NULL;
	watching_capacity = 0;
}
