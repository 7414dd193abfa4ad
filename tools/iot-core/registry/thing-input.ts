// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";
import type { ThingRecord } from "./entries.js";

/** ThingName, ThingTypeName and BillingGroupName of the service model. */
export const namePattern = /^[a-zA-Z0-9:_-]{1,128}$/;
/** Service model, AttributeName and AttributeValue. */
const attributeName = /^[a-zA-Z0-9_.,@/:#-]{1,128}$/;
const attributeValue = /^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/;
/** Attributes of a thing without a type, and with one (AWS IoT quotas, "Number of thing attributes"). */
const maxAttributes = { untyped: 3, typed: 50 } as const;

type Attributes = ThingRecord["attributes"];
type Typing = Pick<ThingRecord, "thingTypeName" | "billingGroupName">;

/** @throws ServiceError InvalidRequestException when the value is no string of that form */
export function matching(value: unknown, pattern: RegExp, what: string): string {
	if (typeof value !== "string" || !pattern.test(value))
		throw new ServiceError("InvalidRequestException", `${what} must match ${pattern.source.slice(1, -1)}.`);
	return value;
}

/** The members of CreateThing's body that are kept. @throws ServiceError InvalidRequestException */
export function readThing(input: Record<string, unknown>): Typing & { attributes: Attributes } {
	const typing = checkTypeAndGroup(input);
	return { ...typing, attributes: readAttributes(input.attributePayload, typing.thingTypeName !== undefined) };
}

/** `thingTypeName` and `billingGroupName`, where they are given. @throws ServiceError InvalidRequestException */
export function checkTypeAndGroup({ thingTypeName, billingGroupName }: Record<string, unknown>): Typing {
	return {
		...(thingTypeName !== undefined && { thingTypeName: matching(thingTypeName, namePattern, "thingTypeName") }),
		...(billingGroupName !== undefined && {
			billingGroupName: matching(billingGroupName, namePattern, "billingGroupName"),
		}),
	};
}

/** The attributes of an `attributePayload`, empty without one. @throws ServiceError InvalidRequestException */
function readAttributes(payload: unknown, typed: boolean): Attributes {
	return checkCount(withoutEmpty(parsePayload(payload).attributes), typed);
}

/** What UpdateThing's `attributePayload` makes of a thing's attributes. @throws ServiceError InvalidRequestException */
export function mergeAttributes(present: Attributes, payload: unknown, typed: boolean): Attributes {
	const { attributes, merge } = parsePayload(payload);
	return checkCount(withoutEmpty(merge ? { ...present, ...attributes } : attributes), typed);
}

/** @throws ServiceError VersionConflictException when a version is expected and the thing has another */
export function checkVersion({ thingName, version }: ThingRecord, expected: unknown): void {
	if (expected !== undefined && Number(expected) !== version)
		throw new ServiceError(
			"VersionConflictException",
			`The version for thing ${thingName} does not match the expected version.`,
		);
}

function parsePayload(payload: unknown): { attributes: Attributes; merge: boolean } {
	const { attributes = {}, merge = false } = asObject(payload ?? {}, "attributePayload");
	const entries = Object.entries(asObject(attributes, "attributePayload.attributes")).map(
		([name, value]) =>
			[
				matching(name, attributeName, "The name of an attribute"),
				matching(value, attributeValue, `The value of the attribute ${name}`),
			] as const,
	);
	return { attributes: Object.fromEntries(entries), merge: merge === true };
}

function asObject(value: unknown, what: string): Record<string, unknown> {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new ServiceError("InvalidRequestException", `${what} must be an object.`);
	return value as Record<string, unknown>;
}

function withoutEmpty(attributes: Attributes): Attributes {
	return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ""));
}

function checkCount(attributes: Attributes, typed: boolean): Attributes {
	const most = maxAttributes[typed ? "typed" : "untyped"];
	if (Object.keys(attributes).length > most)
		throw new ServiceError(
			"InvalidRequestException",
			`A thing ${typed ? "with" : "without"} a type has at most ${most} attributes.`,
		);
	return attributes;
}
