/* SPDX-License-Identifier: MIT */
/* Link's counts for link.ts: see link_binding.c. */
#include "link.h"

#include "mc.xs.h"

static void set_count(xsMachine *the, xsIdentifier name, uint64_t count)
{
	xsmcSetNumber(xsVar(0), (double)count);
	xsmcSet(xsResult, name, xsVar(0));
}

/* (): what crossed the bus and what the data link repeated, an object, or undefined after close. */
void xs_se050_link_counts(xsMachine *the)
{
	const struct link *link = link_of(the);
	if (link == NULL)
		return;
	const struct bus_counts *counts = &link->counting.counts;
	xsmcVars(1);
	xsmcSetNewObject(xsResult);
	set_count(the, xsID_writes, counts->writes);
	set_count(the, xsID_reads, counts->reads);
	set_count(the, xsID_nacked, counts->nacked);
	set_count(the, xsID_repeats, link->t1.repeats);
	set_count(the, xsID_errors, counts->errors);
	set_count(the, xsID_bytesOut, counts->bytes_out);
	set_count(the, xsID_bytesIn, counts->bytes_in);
}
