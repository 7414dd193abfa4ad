/* SPDX-License-Identifier: MIT */
#include "atr.h"

#include <string.h>

enum {
	RID_OFFSET = 1,
	DLLP_OFFSET = 6, /* its length; the DLLP follows */
	DLLP_MIN = 4,
	PLID_I2C = 2,
	PLP_MIN = 9, /* up to and including SEGT */
	GUARD_MAX = 10000,
	POLL_MAX_MS = 10,
	IFSC_MAX = 254
};

static const uint8_t rid_nxp[] = { 0xA0, 0x00, 0x00, 0x03, 0x96 };

static uint16_t get_u16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

void atr_defaults(struct atr *atr)
{
	atr->bwt = 1000000;
	atr->guard = 100;
	atr->poll = 1000;
	atr->ifsc = IFSC_MAX;
}

static void take_dllp(const uint8_t *dllp, struct atr *atr)
{
	uint16_t bwt = get_u16(dllp);
	uint16_t ifsc = get_u16(dllp + 2);
	if (bwt > 0)
		atr->bwt = bwt * UINT32_C(1000);
	if (ifsc >= 1 && ifsc <= IFSC_MAX)
		atr->ifsc = (uint8_t)ifsc;
}

static void take_plp(const uint8_t *plp, struct atr *atr)
{
	uint8_t poll = plp[3];
	uint16_t guard = get_u16(plp + 7);
	if (poll >= 1 && poll <= POLL_MAX_MS)
		atr->poll = poll * UINT32_C(1000);
	if (guard <= GUARD_MAX)
		atr->guard = guard;
}

bool atr_parse(const uint8_t *data, size_t length, struct atr *atr)
{
	atr_defaults(atr);
	if (length <= DLLP_OFFSET || memcmp(data + RID_OFFSET, rid_nxp, sizeof rid_nxp) != 0)
		return false;

	size_t dllp_length = data[DLLP_OFFSET];
	size_t plid_offset = DLLP_OFFSET + 1 + dllp_length;
	if (dllp_length < DLLP_MIN || plid_offset + 2 > length)
		return false;

	size_t plp_length = data[plid_offset + 1];
	const uint8_t *plp = data + plid_offset + 2;
	if (plid_offset + 2 + plp_length > length)
		return false;

	take_dllp(data + DLLP_OFFSET + 1, atr);
	if (data[plid_offset] == PLID_I2C && plp_length >= PLP_MIN)
		take_plp(plp, atr);
	return true;
}
