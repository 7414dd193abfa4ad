// SPDX-License-Identifier: MIT
import { resourceOf } from "../arn.js";
import type { Registry } from "../registry/registry.js";
import { readTags } from "../registry/tags.js";
import type { Operation } from "./operation.js";
import { page, tokenPageOf } from "./pagination.js";

/**
 * The operations on static thing groups. Those with a fixed path come first: it could also be the name of a group.
 */
export const thingGroupOperations: readonly Operation[] = [
	{
		name: "AddThingToThingGroup",
		method: "PUT",
		path: "/thing-groups/addThingToThingGroup",
		run({ registry }, { body }) {
			registry.thingGroups.add(registry.thingGroups.named(body), thingOf(registry, body));
			return {};
		},
	},
	{
		name: "RemoveThingFromThingGroup",
		method: "PUT",
		path: "/thing-groups/removeThingFromThingGroup",
		run({ registry }, { body }) {
			registry.thingGroups.remove(registry.thingGroups.named(body), thingOf(registry, body));
			return {};
		},
	},
	{
		name: "UpdateThingGroupsForThing",
		method: "PUT",
		path: "/thing-groups/updateThingGroupsForThing",
		run({ registry }, { body }) {
			const thingName = thingOf(registry, body);
			for (const name of namesIn(body.thingGroupsToRemove)) registry.thingGroups.remove(name, thingName);
			for (const name of namesIn(body.thingGroupsToAdd)) registry.thingGroups.add(name, thingName);
			return {};
		},
	},
	{
		name: "CreateThingGroup",
		method: "POST",
		path: "/thing-groups/{thingGroupName}",
		run({ registry: { thingGroups, tags } }, { label, body }) {
			const wanted = readTags(body.tags);
			const { groupName, groupId } = thingGroups.create(label("thingGroupName"), body);
			const thingGroupArn = thingGroups.arn(groupName);
			if (Object.keys(wanted).length > 0) tags.add(thingGroupArn, body.tags);
			return { thingGroupName: groupName, thingGroupArn, thingGroupId: groupId };
		},
	},
	{
		name: "DescribeThingGroup",
		method: "GET",
		path: "/thing-groups/{thingGroupName}",
		run({ registry: { thingGroups } }, { label }) {
			const record = thingGroups.describe(label("thingGroupName"));
			const { groupName, groupId, parent, description, attributes, version, creationDate } = record;
			const rootToParent = thingGroups.ancestors(groupName).reverse();
			return {
				thingGroupName: groupName,
				thingGroupId: groupId,
				thingGroupArn: thingGroups.arn(groupName),
				version,
				thingGroupProperties: {
					...(description !== "" && { thingGroupDescription: description }),
					attributePayload: { attributes },
				},
				thingGroupMetadata: {
					...(parent !== undefined && { parentGroupName: parent }),
					...(parent !== undefined && {
						rootToParentThingGroups: rootToParent.map(above =>
							named(thingGroups.arn(above.groupName), above.groupName),
						),
					}),
					creationDate,
				},
			};
		},
	},
	{
		name: "ListThingGroups",
		method: "GET",
		path: "/thing-groups",
		run({ registry: { thingGroups } }, { query }) {
			const parentGroup = query.get("parentGroup"),
				prefix = query.get("namePrefixFilter") ?? "";
			const direct = query.get("recursive") === "false";
			if (parentGroup !== null) thingGroups.describe(parentGroup);
			const wanted = thingGroups.list().filter(({ groupName, parent }) => {
				if (!groupName.startsWith(prefix)) return false;
				if (parentGroup === null) return !direct || parent === undefined;
				return direct
					? parent === parentGroup
					: thingGroups.ancestors(groupName).some(above => above.groupName === parentGroup);
			});
			const { items, nextMarker } = page(wanted, ({ groupName }) => groupName, tokenPageOf(query));
			return {
				thingGroups: items.map(({ groupName }) => named(thingGroups.arn(groupName), groupName)),
				nextToken: nextMarker,
			};
		},
	},
	{
		name: "UpdateThingGroup",
		method: "PATCH",
		path: "/thing-groups/{thingGroupName}",
		run({ registry: { thingGroups } }, { label, body }) {
			return { version: thingGroups.update(label("thingGroupName"), body) };
		},
	},
	{
		name: "DeleteThingGroup",
		method: "DELETE",
		path: "/thing-groups/{thingGroupName}",
		run({ registry: { thingGroups, tags } }, { label, query }) {
			thingGroups.delete(label("thingGroupName"), query.get("expectedVersion"));
			tags.forget(thingGroups.arn(label("thingGroupName")));
			return {};
		},
	},
	{
		name: "ListThingsInThingGroup",
		method: "GET",
		path: "/thing-groups/{thingGroupName}/things",
		run({ registry: { thingGroups } }, { label, query }) {
			const { groupName } = thingGroups.describe(label("thingGroupName"));
			const things = thingGroups.things(groupName, query.get("recursive") === "true");
			const { items, nextMarker } = page(things, name => name, tokenPageOf(query));
			return { things: items, nextToken: nextMarker };
		},
	},
	{
		name: "ListThingGroupsForThing",
		method: "GET",
		path: "/things/{thingName}/thing-groups",
		run({ registry: { things, thingGroups } }, { label, query }) {
			const { thingName } = things.describe(label("thingName"));
			const { items, nextMarker } = page(thingGroups.ofThing(thingName), name => name, tokenPageOf(query));
			return { thingGroups: items.map(name => named(thingGroups.arn(name), name)), nextToken: nextMarker };
		},
	},
];

function named(groupArn: string, groupName: string): object {
	return { groupName, groupArn };
}

/** The thing of a request, named or by its ARN. */
function thingOf({ realm }: Registry, { thingName, thingArn }: Record<string, unknown>): string {
	return String(thingName ?? resourceOf(realm, "thing", String(thingArn)) ?? thingArn);
}

function namesIn(value: unknown): string[] {
	return Array.isArray(value) ? value.map(String) : [];
}
