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
	DELIVERED = 0x100 /* added to the failure of a command: the chip may have executed it */
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
	/* What is known before the first command: an SE050C signs with P-256 in 48 ms (OpenMV, measured at 400 kHz). */
	memcpy(&link->slowest.header, "\x80\x03\x0C\x09", sizeof link->slowest.header);
	link->slowest.took = 48000;
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

/* scp03_exchange, which expects the answer after the time that the same command took before. */
static scp03_result exchange(
	struct link *link, const uint8_t *command, size_t length, uint8_t *response, size_t *received)
{
	struct slowest now = { .header = 0 };
	if (length >= sizeof now.header)
		memcpy(&now.header, command, sizeof now.header);
	bool again = now.header == link->slowest.header;
	link->t1.expected = again ? link->slowest.took : 0;
	link->t1.delivered = false;
	scp03_result result = scp03_exchange(&link->scp03, &link->t1, command, length, response, RESPONSE_MAX, received);
	now.took = link->t1.took;
	if (result == T1_OK && (again || now.took > link->slowest.took))
		link->slowest = now;
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
