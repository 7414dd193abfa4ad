/* SPDX-License-Identifier: MIT */
/* The host's end of the simulator link, version 2 (docs/simulator-link.md), over anything that carries bytes. */
#ifndef SE050_SIM_LINK_H
#define SE050_SIM_LINK_H

#include "bus.h"

enum { SIM_LINK_HEADER = 3, SIM_LINK_LENGTH_MAX = 1024 };

/* Begins what a bus over the link has. */
struct sim_link {
	bus_t base;
	/* All of the bytes, or false with a reason from sim_link_fail. */
	bool (*send)(struct sim_link *link, const uint8_t *data, size_t length);
	bool (*receive)(struct sim_link *link, uint8_t *data, size_t length);
	uint8_t address; /* of the chip, 7 bits */
	bool is_virtual; /* the simulator's clock is: time is what it says, and only sleeping passes it */
	uint64_t time;	 /* of the last response, and what was slept since; microseconds */
	uint32_t slept;	 /* of that, what the simulator does not know yet */
	size_t length;	 /* of the last response's payload */
	char text[320];
	uint8_t message[SIM_LINK_HEADER + SIM_LINK_LENGTH_MAX];
};

/* Sets the reason, and returns false. */
bool sim_link_fail(struct sim_link *link, const char *cause);

/* Says HELLO; false with a reason. */
bool sim_link_greet(struct sim_link *link, uint32_t hz);

/* The operations of a bus; a link that fails is BUS_ERROR. bus is a struct sim_link. */
bus_result sim_link_write(bus_t *bus, const uint8_t *frame, size_t length);
bus_result sim_link_read(bus_t *bus, uint8_t *buffer, size_t length);

/* Advances the simulator's clock by that time, together with the next request: a failure of the link shows then. */
bus_result sim_link_sleep(bus_t *bus, uint32_t microseconds);

/* Sends what was slept and no request has taken along, before the link is closed; false with a reason. */
bool sim_link_flush(struct sim_link *link);

#endif
