/* SPDX-License-Identifier: MIT */
/* Link's secure channel for link.ts: see link_binding.c. */
#include "link.h"
#include "wipe.h"

#include <string.h>

static bool take_key(xsMachine *the, xsSlot *value, uint8_t key[SCP03_BLOCK])
{
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(*value, &bytes, &length);
	if (length != SCP03_BLOCK)
		return false;
	memcpy(key, bytes, SCP03_BLOCK);
	return true;
}

/* (ENC, MAC, key version, counting): an scp03_result, or the chip's status word (greater than them all), or undefined
 * after close. */
void xs_se050_link_secure(xsMachine *the)
{
	struct link *link = link_of(the);
	struct scp03_keys keys;
	uint8_t challenge[SCP03_CHALLENGE];
	if (link == NULL)
		return;
	scp03_result result = SCP03_BAD_COMMAND;
	bool all = xsmcToInteger(xsArg(3)) == 0;
	keys.version = (uint8_t)xsmcToInteger(xsArg(2));
	if (take_key(the, &xsArg(0), keys.enc) && take_key(the, &xsArg(1), keys.mac))
		result = scp03_random(challenge, sizeof challenge)
			? scp03_open(&link->scp03, &link->t1, &keys, all ? SCP03_COUNT_ALL : SCP03_COUNT_DATA, challenge)
			: SCP03_NO_CRYPTO;
	wipe(&keys, sizeof keys);
	xsmcSetInteger(xsResult, result == SCP03_REFUSED ? link->scp03.refusal : result);
}
