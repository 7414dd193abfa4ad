// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";
import type { Entry } from "./entries.js";
import type { RegistryHost } from "./host.js";

/** Tags per resource (AWS IoT quotas), and their sizes (service model, TagKey and TagValue). */
const maxTags = 50,
	maxKeyLength = 128,
	maxValueLength = 256;

type Tags = Record<string, string>;

/** What tags need of the rest of the registry. */
export interface TagsHost extends RegistryHost {
	/** @throws ServiceError ResourceNotFoundException unless the ARN is of a resource that can have tags */
	checkTaggable(resourceArn: string): void;
}

/** The tags of policies, thing types and thing groups. Methods throw ServiceError as AWS IoT does. */
export class ResourceTags {
	readonly #host: TagsHost;
	readonly #tags = new Map<string, Tags>();

	constructor(host: TagsHost) {
		this.#host = host;
	}

	get size(): number {
		return this.#tags.size;
	}

	of(resourceArn: string): Tags {
		this.#host.checkTaggable(resourceArn);
		return this.#tags.get(resourceArn) ?? {};
	}

	add(resourceArn: string, tags: unknown): void {
		const wanted = { ...this.of(resourceArn), ...readTags(tags) };
		if (Object.keys(wanted).length > maxTags)
			throw new ServiceError("LimitExceededException", `A resource has at most ${maxTags} tags.`);
		this.#host.commit({ change: "tags", resourceArn, tags: wanted });
	}

	remove(resourceArn: string, keys: unknown): void {
		const present = this.of(resourceArn);
		if (!Array.isArray(keys)) throw new ServiceError("InvalidRequestException", "tagKeys must be a list of keys.");
		const left = Object.entries(present).filter(([key]) => !keys.includes(key));
		this.#host.commit({ change: "tags", resourceArn, tags: Object.fromEntries(left) });
	}

	apply(entry: Entry): void {
		if (entry.change === "tags") {
			if (Object.keys(entry.tags).length === 0) this.#tags.delete(entry.resourceArn);
			else this.#tags.set(entry.resourceArn, entry.tags);
		}
	}

	/** Forgets the tags of what is deleted. */
	forget(resourceArn: string): void {
		if (this.#tags.has(resourceArn)) this.#host.commit({ change: "tags", resourceArn, tags: {} });
	}

	/** The changes that make what there is. */
	*snapshot(): Generator<Entry> {
		for (const [resourceArn, tags] of this.#tags) yield { change: "tags", resourceArn, tags };
	}
}

/** Reads a list of `{Key, Value}`; without one there are none. @throws ServiceError InvalidRequestException */
export function readTags(list: unknown): Tags {
	if (list === undefined || list === null) return {};
	if (!Array.isArray(list)) throw new ServiceError("InvalidRequestException", "tags must be a list of Key and Value.");
	const entries = list.map((tag: unknown): [string, string] => {
		const { Key: key, Value: value = "" } = (tag ?? {}) as { Key?: unknown; Value?: unknown };
		if (typeof key !== "string" || key.length < 1 || key.length > maxKeyLength)
			throw new ServiceError("InvalidRequestException", `A tag's Key must have 1 to ${maxKeyLength} characters.`);
		if (typeof value !== "string" || value.length > maxValueLength)
			throw new ServiceError(
				"InvalidRequestException",
				`A tag's Value must have at most ${maxValueLength} characters.`,
			);
		return [key, value];
	});
	return Object.fromEntries(entries);
}
