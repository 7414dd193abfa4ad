/* SPDX-License-Identifier: MIT */
/*
 * Functions of XS 17's API that 13.3 lacks (see compat.h).
 */
#include "xsAll.h"

#if XS_MAJOR_VERSION < 17

static txSlot *host_slot(txSlot *slot)
{
	txSlot *host = slot->kind == XS_REFERENCE_KIND ? slot->value.reference->next : NULL;
	return host && (host->flag & XS_INTERNAL_FLAG) && host->kind == XS_HOST_KIND ? host : NULL;
}

txHostHooks *fxGetHostHooksIf(txMachine *the, txSlot *slot);

txHostHooks *fxGetHostHooksIf(txMachine *the, txSlot *slot)
{
	txSlot *host = host_slot(slot);
	(void)the;
	return host && (host->flag & XS_HOST_HOOKS_FLAG) ? host->value.host.variant.hooks : NULL;
}

#endif
