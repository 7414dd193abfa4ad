/* What an object of the native class Link (link.ts) holds. */
#ifndef SE050_LINK_H
#define SE050_LINK_H

#include "xsmc.h"

#include "scp03.h"

struct link {
	t1_t t1;
	bus_t *bus;
	scp03_t scp03;
};

void xs_se050_link_destructor(void *data);

/* The link of this, or NULL after close. */
static inline struct link *link_of(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, xs_se050_link_destructor);
}

#endif
