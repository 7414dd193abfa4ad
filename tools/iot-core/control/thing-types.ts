// SPDX-License-Identifier: MIT
import type { ThingTypeRecord } from "../registry/entries.js";
import { readTags } from "../registry/tags.js";
import type { ThingTypes } from "../registry/thing-types.js";
import type { Operation } from "./operation.js";
import { page, tokenPageOf } from "./pagination.js";

/** The operations on thing types. */
export const thingTypeOperations: readonly Operation[] = [
	{
		name: "CreateThingType",
		method: "POST",
		path: "/thing-types/{thingTypeName}",
		run({ registry: { thingTypes, tags } }, { label, body }) {
			const wanted = readTags(body.tags);
			const { thingTypeName, thingTypeId } = thingTypes.create(label("thingTypeName"), body);
			const thingTypeArn = thingTypes.arn(thingTypeName);
			if (Object.keys(wanted).length > 0) tags.add(thingTypeArn, body.tags);
			return { thingTypeName, thingTypeArn, thingTypeId };
		},
	},
	{
		name: "DescribeThingType",
		method: "GET",
		path: "/thing-types/{thingTypeName}",
		run({ registry: { thingTypes } }, { label }) {
			const record = thingTypes.describe(label("thingTypeName"));
			return { ...summarise(thingTypes, record), thingTypeId: record.thingTypeId };
		},
	},
	{
		name: "ListThingTypes",
		method: "GET",
		path: "/thing-types",
		run({ registry: { thingTypes } }, { query }) {
			const name = query.get("thingTypeName");
			const { items, nextMarker } = page(
				thingTypes.list().filter(({ thingTypeName }) => name === null || thingTypeName === name),
				({ thingTypeName }) => thingTypeName,
				tokenPageOf(query),
			);
			return { thingTypes: items.map(record => summarise(thingTypes, record)), nextToken: nextMarker };
		},
	},
	{
		name: "DeprecateThingType",
		method: "POST",
		path: "/thing-types/{thingTypeName}/deprecate",
		run({ registry: { thingTypes } }, { label, body }) {
			thingTypes.deprecate(label("thingTypeName"), body.undoDeprecate === true);
			return {};
		},
	},
	{
		name: "DeleteThingType",
		method: "DELETE",
		path: "/thing-types/{thingTypeName}",
		run({ registry: { thingTypes, tags } }, { label }) {
			thingTypes.delete(label("thingTypeName"));
			tags.forget(thingTypes.arn(label("thingTypeName")));
			return {};
		},
	},
];

function summarise(types: ThingTypes, record: ThingTypeRecord): object {
	const { thingTypeName, description, searchableAttributes, deprecationDate, creationDate } = record;
	return {
		thingTypeName,
		thingTypeArn: types.arn(thingTypeName),
		thingTypeProperties: {
			...(description !== "" && { thingTypeDescription: description }),
			searchableAttributes,
		},
		thingTypeMetadata: {
			deprecated: deprecationDate !== null,
			...(deprecationDate !== null && { deprecationDate }),
			creationDate,
		},
	};
}
