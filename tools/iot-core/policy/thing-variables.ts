// SPDX-License-Identifier: MIT
import type { ThingRecord } from "../registry/entries.js";

const attributePattern = /^iot:Connection\.Thing\.Attributes\[(.+)\]$/;

/**
 * The value of a thing's policy variable (developer guide, "Thing policy variables"), or undefined when it has none.
 * @param thing the one that the connection is of
 */
export function thingVariable(name: string, thing: ThingRecord | undefined): string | undefined {
	switch (name) {
		case "iot:Connection.Thing.IsAttached":
			return String(thing !== undefined);
		case "iot:Connection.Thing.ThingName":
			return thing?.thingName;
		case "iot:Connection.Thing.ThingTypeName":
			return thing?.thingTypeName;
	}
	const attribute = attributePattern.exec(name)?.[1];
	return attribute === undefined || thing === undefined || !Object.hasOwn(thing.attributes, attribute)
		? undefined
		: thing.attributes[attribute];
}
