/* SPDX-License-Identifier: MIT */
/*
 * The data link as the native class of link.ts. A failure goes to TypeScript as a number, an scp03_result: the words
 * for people are there. An exchange calls nothing of XS, so pointers into its chunk heap hold during it.
 */
#include "link.h"
#include "wipe.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* Longest response: 1018 bytes of data on applet 7.x (880 on 3.x), tag, length in three bytes and status word. */
	RESPONSE_MAX = 1024 + SCP03_OVERHEAD,
	REASON_MAX = 320,
	NAME_OFFSET = 3,
	INS = 1,
	INS_CRYPTO = 0x03,		 /* what signs (AN12413) */
	MEMORABLE = 10000,		 /* microseconds from which a command is worth a place */
	FIRST_SIGNATURE = 48000, /* microseconds of an SE050C with P-256 (OpenMV, measured at 400 kHz) */
	DELIVERED = 0x100		 /* added to the failure of a command: the chip may have executed it */
};

void xs_se050_link_destructor(void *data)
{
	struct link *link = data;
	if (link == NULL)
		return;
	scp03_close(&link->scp03); /* the data link wipes its block after each exchange: no secret is left */
	bus_close(&link->counting.base);
	free(link);
}

struct link *link_of(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, xs_se050_link_destructor);
}

/* (bus, address, hz): undefined, or a string that says why not. */
void xs_se050_link_open(xsMachine *the)
{
	char reason[REASON_MAX];
	struct bus_options options = { .address = (uint8_t)xsmcToInteger(xsArg(1)),
		.hz = (uint32_t)xsmcToInteger(xsArg(2)) };
	options.name = xsmcToString(xsArg(0));
	struct link *link = calloc(1, sizeof *link);
	if (link == NULL) {
		xsmcSetString(xsResult, "out of memory");
		return;
	}
	bus_t *bus = bus_open(&options, reason, sizeof reason);
	if (bus == NULL) {
		free(link);
		xsmcSetString(xsResult, reason);
		return;
	}
	bus_count_init(&link->counting, bus);
	link->t1.bus = &link->counting.base;
	link->timings[INS_CRYPTO % LINK_TIMINGS].took = FIRST_SIGNATURE;
	xsmcSetHostData(xsThis, link);
}

static void return_bytes(xsMachine *the, scp03_result result, uint8_t *bytes, size_t length)
{
	if (result == T1_OK)
		xsmcSetArrayBuffer(xsResult, bytes, (xsIntegerValue)length);
	else
		xsmcSetInteger(xsResult, result);
}

/* (): the ATR in an ArrayBuffer, a t1_result, or undefined after close. */
void xs_se050_link_reset(xsMachine *the)
{
	struct link *link = link_of(the);
	uint8_t atr[T1_ATR_MAX];
	size_t length;
	if (link == NULL)
		return;
	scp03_result result = scp03_reset(&link->scp03, &link->t1, atr, &length);
	return_bytes(the, result, atr, length);
}

/* scp03_exchange, which expects the answer after the time that the same command on the same object took last. */
static scp03_result exchange(
	struct link *link, const uint8_t *command, size_t length, uint8_t *response, size_t *received)
{
	struct timing *timing = link->timings;
	uint64_t name = 0;
	link->t1.delivered = false;
	link->t1.expected = 0;
	if (length >= NAME_OFFSET + sizeof name) {
		memcpy(&name, command + NAME_OFFSET, sizeof name);
		timing += command[INS] % LINK_TIMINGS;
		if (timing->name == name || timing->name == 0)
			link->t1.expected = timing->took;
	}
	scp03_result result = scp03_exchange(&link->scp03, &link->t1, command, length, response, RESPONSE_MAX, received);
	if (result == T1_OK && link->t1.took >= MEMORABLE && name != 0)
		*timing = (struct timing){ name, link->t1.took };
	return result;
}

/* (command APDU in a byte buffer): the response in an ArrayBuffer, an scp03_result and DELIVERED, or undefined after
 * close. */
void xs_se050_link_transceive(xsMachine *the)
{
	struct link *link = link_of(the);
	uint8_t response[RESPONSE_MAX];
	size_t received;
	void *command;
	xsUnsignedValue length;
	if (link == NULL)
		return;
	xsmcGetBufferReadable(xsArg(0), &command, &length);
	scp03_result result = exchange(link, command, length, response, &received);
	if (result != T1_OK && link->t1.delivered)
		result |= DELIVERED;
	return_bytes(the, result, response, received);
	wipe(response, received);
}

/* (): what the bus says about its last failure, a string. */
void xs_se050_link_reason(xsMachine *the)
{
	struct link *link = link_of(the);
	if (link != NULL && link->counting.base.reason != NULL)
		xsmcSetString(xsResult, (char *)(uintptr_t)link->counting.base.reason);
}

void xs_se050_link_close(xsMachine *the)
{
	struct link *link = link_of(the);
	xsmcSetHostData(xsThis, NULL);
	xs_se050_link_destructor(link);
}
