// SPDX-License-Identifier: MIT
import { maxFilters } from "../limits.js";
import { filterFault } from "../topic.js";

/** What is wrong with the topic filters of a SUBSCRIBE or UNSUBSCRIBE, before any policy is asked. */
export function filtersFault(filters: readonly string[]): string | undefined {
	if (filters.length > maxFilters) return `${filters.length} topic filters in one packet, more than ${maxFilters}`;
	return filters.map(filterFault).find(fault => fault !== undefined);
}
