// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";

/** Which page of a list is asked for. */
export interface PageRequest {
	size: number;
	ascending: boolean;
	/** Behind which item the page begins; from the `nextMarker` of the page before. */
	marker: string | undefined;
}

/** Most items of a page, and its default (service model, PageSize and RegistryMaxResults; AWS does not document the default). */
const maxPageSize = 250;
const defaultPageSize = 25;

/** Reads `pageSize`, `marker` and `isAscendingOrder`. @throws ServiceError InvalidRequestException */
export function pageOf(query: URLSearchParams): PageRequest {
	return {
		size: pageSize(query, "pageSize"),
		ascending: query.get("isAscendingOrder") === "true",
		marker: decode(query.get("marker")),
	};
}

/** Reads `maxResults` and `nextToken`, by which things and tasks are listed. @throws ServiceError InvalidRequestException */
export function tokenPageOf(query: URLSearchParams): PageRequest {
	return { size: pageSize(query, "maxResults"), ascending: true, marker: decode(query.get("nextToken")) };
}

function pageSize(query: URLSearchParams, name: string): number {
	const size = Number(query.get(name) ?? defaultPageSize);
	if (!Number.isInteger(size) || size < 1 || size > maxPageSize)
		throw new ServiceError("InvalidRequestException", `${name} must be a whole number from 1 to ${maxPageSize}.`);
	return size;
}

function decode(marker: string | null): string | undefined {
	return marker === null ? undefined : Buffer.from(marker, "base64").toString("utf8");
}

/**
 * One page of `items`, which come oldest first; the newest come first unless ascending order is asked for.
 * @throws ServiceError InvalidRequestException when the marker names no item.
 */
export function page<Item>(
	items: Item[],
	key: (item: Item) => string,
	request: PageRequest,
): { items: Item[]; nextMarker?: string } {
	const ordered = request.ascending ? items : [...items].reverse();
	const start = request.marker === undefined ? 0 : ordered.findIndex(item => key(item) === request.marker) + 1;
	if (request.marker !== undefined && start === 0)
		throw new ServiceError(
			"InvalidRequestException",
			"The marker is not one that this list gave, or its item is gone.",
		);
	const selected = ordered.slice(start, start + request.size);
	const last = selected.at(-1);
	if (last === undefined || start + request.size >= ordered.length) return { items: selected };
	return { items: selected, nextMarker: Buffer.from(key(last)).toString("base64") };
}
