// SPDX-License-Identifier: MIT
import type { ThingRecord } from "../registry/entries.js";
import type { Things } from "../registry/things.js";
import type { Call, Operation } from "./operation.js";
import { page, tokenPageOf } from "./pagination.js";

/** The header that names a principal (service model, `x-amzn-principal`). */
const principalHeader = "x-amzn-principal";

/** The operations on things, and on what is attached to them. */
export const thingOperations: readonly Operation[] = [
	{
		name: "CreateThing",
		method: "POST",
		path: "/things/{thingName}",
		run({ registry: { things } }, call) {
			const { thingName, thingId } = things.create(call.label("thingName"), call.body);
			return { thingName, thingArn: things.arn(thingName), thingId };
		},
	},
	{
		name: "DescribeThing",
		method: "GET",
		path: "/things/{thingName}",
		run({ registry: { things } }, call) {
			const { thingName, thingId, ...rest } = things.describe(call.label("thingName"));
			return {
				defaultClientId: thingName,
				thingId,
				...summarise(things, { thingName, thingId, ...rest }),
			};
		},
	},
	{
		name: "ListThings",
		method: "GET",
		path: "/things",
		run({ registry: { things } }, { query }) {
			const { items, nextMarker } = page(
				things.list().filter(filterOf(query)),
				({ thingName }) => thingName,
				tokenPageOf(query),
			);
			return { things: items.map(record => summarise(things, record)), nextToken: nextMarker };
		},
	},
	{
		name: "UpdateThing",
		method: "PATCH",
		path: "/things/{thingName}",
		run({ registry: { things } }, call) {
			things.update(call.label("thingName"), call.body);
			return {};
		},
	},
	{
		name: "DeleteThing",
		method: "DELETE",
		path: "/things/{thingName}",
		run({ registry: { things } }, call) {
			things.delete(call.label("thingName"), call.query.get("expectedVersion") ?? undefined);
			return {};
		},
	},
	{
		name: "AttachThingPrincipal",
		method: "PUT",
		path: "/things/{thingName}/principals",
		run({ registry: { things } }, call) {
			things.attach(
				call.label("thingName"),
				call.header(principalHeader),
				call.query.get("thingPrincipalType") ?? undefined,
			);
			return {};
		},
	},
	{
		name: "DetachThingPrincipal",
		method: "DELETE",
		path: "/things/{thingName}/principals",
		run({ registry: { things } }, call) {
			things.detach(call.label("thingName"), call.header(principalHeader));
			return {};
		},
	},
	{
		name: "ListThingPrincipals",
		method: "GET",
		path: "/things/{thingName}/principals",
		run({ registry: { things } }, call) {
			const { items, nextMarker } = attachmentsPage(things.principalsOf(call.label("thingName")), call);
			return { principals: items.map(({ name }) => name), nextToken: nextMarker };
		},
	},
	{
		name: "ListThingPrincipalsV2",
		method: "GET",
		path: "/things/{thingName}/principals-v2",
		run({ registry: { things } }, call) {
			const { items, nextMarker } = attachmentsPage(things.principalsOf(call.label("thingName")), call);
			return {
				thingPrincipalObjects: items.map(({ name, type }) => ({ principal: name, thingPrincipalType: type })),
				nextToken: nextMarker,
			};
		},
	},
	{
		name: "ListPrincipalThings",
		method: "GET",
		path: "/principals/things",
		run({ registry: { things } }, call) {
			const { items, nextMarker } = attachmentsPage(things.thingsOf(call.header(principalHeader)), call);
			return { things: items.map(({ name }) => name), nextToken: nextMarker };
		},
	},
	{
		name: "ListPrincipalThingsV2",
		method: "GET",
		path: "/principals/things-v2",
		run({ registry: { things } }, call) {
			const { items, nextMarker } = attachmentsPage(things.thingsOf(call.header(principalHeader)), call);
			return {
				principalThingObjects: items.map(({ name, type }) => ({ thingName: name, thingPrincipalType: type })),
				nextToken: nextMarker,
			};
		},
	},
];

function attachmentsPage(
	attached: ReturnType<Things["thingsOf"]>,
	{ query }: Call,
): ReturnType<typeof page<(typeof attached)[number]>> {
	const type = query.get("thingPrincipalType");
	return page(
		type === null ? attached : attached.filter(attachment => attachment.type === type),
		({ name }) => name,
		tokenPageOf(query),
	);
}

function summarise(things: Things, { thingName, thingTypeName, attributes, version }: ThingRecord): object {
	return { thingName, thingArn: things.arn(thingName), thingTypeName, attributes, version };
}

/** ListThings' `thingTypeName`, `attributeName` and `attributeValue`, which may be a prefix. */
function filterOf(query: URLSearchParams): (record: ThingRecord) => boolean {
	const type = query.get("thingTypeName"),
		name = query.get("attributeName"),
		value = query.get("attributeValue");
	const byPrefix = query.get("usePrefixAttributeValue") === "true";
	return ({ thingTypeName, attributes }) => {
		const actual = name === null ? undefined : attributes[name];
		return (
			(type === null || thingTypeName === type) &&
			(name === null || actual !== undefined) &&
			(name === null || value === null || (byPrefix ? actual?.startsWith(value) === true : actual === value))
		);
	};
}
