// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";

import { arn } from "../arn.js";
import { ServiceError } from "../errors.js";
import type { Entry, ThingTypeRecord } from "./entries.js";
import { type RegistryHost, seconds } from "./host.js";
import { descriptionOf, matching, namePattern, requireObject } from "./thing-input.js";

/** Service model, SearchableAttributes; AWS IoT quotas, "Number of searchable attributes". */
const attributePattern = /^[a-zA-Z0-9_.,@/:#-]{1,128}$/;
const maxSearchable = 3;

/** What thing types need of the rest of the registry. */
export interface ThingTypesHost extends RegistryHost {
	/** Whether any thing has this type. */
	hasType(thingTypeName: string): boolean;
}

/** The account's thing types. Methods throw ServiceError as AWS IoT does. */
export class ThingTypes {
	readonly #host: ThingTypesHost;
	readonly #types = new Map<string, ThingTypeRecord>();

	constructor(host: ThingTypesHost) {
		this.#host = host;
	}

	get size(): number {
		return this.#types.size;
	}

	arn(thingTypeName: string): string {
		return arn(this.#host.realm, "thingtype", thingTypeName);
	}

	/** Creating what is there with the same properties changes nothing. */
	create(thingTypeName: string, { thingTypeProperties }: Record<string, unknown>): ThingTypeRecord {
		matching(thingTypeName, namePattern, "thingTypeName");
		const wanted = readProperties(thingTypeProperties);
		const present = this.#types.get(thingTypeName);
		if (present === undefined) {
			const record = {
				thingTypeName,
				thingTypeId: randomUUID(),
				...wanted,
				deprecationDate: null,
				creationDate: seconds(),
			};
			this.#host.commit({ change: "thing-type", record });
			return record;
		}
		const same =
			present.description === wanted.description &&
			present.searchableAttributes.join() === wanted.searchableAttributes.join();
		if (!same)
			throw new ServiceError(
				"ResourceAlreadyExistsException",
				`Thing type ${thingTypeName} already exists with different properties`,
				{ resourceId: thingTypeName, resourceArn: this.arn(thingTypeName) },
			);
		return present;
	}

	describe(thingTypeName: string): ThingTypeRecord {
		matching(thingTypeName, namePattern, "thingTypeName");
		const record = this.#types.get(thingTypeName);
		if (record === undefined)
			throw new ServiceError("ResourceNotFoundException", `Thing type ${thingTypeName} does not exist.`);
		return record;
	}

	/** All types, oldest first. */
	list(): ThingTypeRecord[] {
		return [...this.#types.values()];
	}

	/** @throws ServiceError when there is no such type, or no new thing may have it */
	checkUsable(thingTypeName: string): void {
		if (this.describe(thingTypeName).deprecationDate !== null)
			throw new ServiceError("InvalidRequestException", `Thing type ${thingTypeName} is deprecated.`);
	}

	deprecate(thingTypeName: string, undo: boolean): void {
		const record = this.describe(thingTypeName);
		if ((record.deprecationDate === null) === undo) return;
		this.#host.commit({ change: "thing-type", record: { ...record, deprecationDate: undo ? null : seconds() } });
	}

	delete(thingTypeName: string): void {
		if (this.describe(thingTypeName).deprecationDate === null)
			throw new ServiceError(
				"InvalidRequestException",
				`Cannot delete thing type ${thingTypeName}: it must be deprecated first.`,
			);
		if (this.#host.hasType(thingTypeName))
			throw new ServiceError("InvalidRequestException", `Cannot delete thing type ${thingTypeName}: things have it.`);
		this.#host.commit({ change: "thing-type-deleted", thingTypeName });
	}

	apply(entry: Entry): void {
		if (entry.change === "thing-type") this.#types.set(entry.record.thingTypeName, entry.record);
		if (entry.change === "thing-type-deleted") this.#types.delete(entry.thingTypeName);
	}

	/** The changes that make what there is. */
	*snapshot(): Generator<Entry> {
		for (const record of this.#types.values()) yield { change: "thing-type", record };
	}
}

function readProperties(value: unknown): Pick<ThingTypeRecord, "description" | "searchableAttributes"> {
	const properties = requireObject(value ?? {}, "thingTypeProperties");
	const { thingTypeDescription, searchableAttributes = [], ...others } = properties;
	const [other] = Object.keys(others);
	if (other !== undefined)
		throw new ServiceError("InvalidRequestException", `thingTypeProperties.${other} is not served here.`);
	if (!Array.isArray(searchableAttributes) || searchableAttributes.length > maxSearchable)
		throw new ServiceError(
			"InvalidRequestException",
			`searchableAttributes must be a list of at most ${maxSearchable} names.`,
		);
	return {
		description: descriptionOf(thingTypeDescription, "thingTypeDescription"),
		searchableAttributes: searchableAttributes.map(name => matching(name, attributePattern, "A searchable attribute")),
	};
}
