// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";
import type { ThingRecord } from "./entries.js";

/** ThingName, ThingTypeName and ThingGroupName of the service model. */
export const namePattern = /^[a-zA-Z0-9:_-]{1,128}$/;
/** Service model, AttributeName and AttributeValue. */
const attributeName = /^[a-zA-Z0-9_.,@/:#-]{1,128}$/;
const attributeValue = /^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/;
/** Attributes of a thing without a type, and with one (AWS IoT quotas, "Number of thing attributes"). */
const maxAttributes = { untyped: 3, typed: 50 } as const;

type Attributes = ThingRecord["attributes"];
type Typing = Pick<ThingRecord, "thingTypeName">;
/** Service model, ThingTypeDescription and ThingGroupDescription: printable characters. */
const description = /^\P{C}{0,2028}$/u;

/** @throws ServiceError InvalidRequestException when the value is not a string of that form */
export function matching(value: unknown, pattern: RegExp, what: string): string {
	if (typeof value !== "string" || !pattern.test(value))
		throw new ServiceError("InvalidRequestException", `${what} must match ${pattern.source.slice(1, -1)}.`);
	return value;
}

/** A description, empty when there is none. @throws ServiceError InvalidRequestException */
export function descriptionOf(value: unknown, what: string): string {
	if (value === undefined) return "";
	if (typeof value !== "string" || !description.test(value))
		throw new ServiceError("InvalidRequestException", `${what} must have at most 2028 printable characters.`);
	return value;
}

/** The members of CreateThing's body. @throws ServiceError InvalidRequestException */
export function readThing(input: Record<string, unknown>): Typing & { attributes: Attributes } {
	const typing = readType(input);
	return { ...typing, attributes: readAttributes(input.attributePayload, typing.thingTypeName !== undefined) };
}

/** `thingTypeName`, where it is given. @throws ServiceError InvalidRequestException; there are no billing groups */
export function readType({ thingTypeName, billingGroupName }: Record<string, unknown>): Typing {
	if (billingGroupName !== undefined)
		throw new ServiceError(
			"ResourceNotFoundException",
			`Billing group ${billingGroupName} does not exist: billing groups are not served here.`,
		);
	return {
		...(thingTypeName !== undefined && { thingTypeName: matching(thingTypeName, namePattern, "thingTypeName") }),
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

/** @throws ServiceError VersionConflictException when a version is expected and there is another */
export function checkExpectedVersion(what: string, version: number, expected: unknown): void {
	if (expected !== undefined && expected !== null && Number(expected) !== version)
		throw new ServiceError("VersionConflictException", `The version for ${what} does not match the expected version.`);
}

function parsePayload(payload: unknown): { attributes: Attributes; merge: boolean } {
	const { attributes = {}, merge = false } = requireObject(payload ?? {}, "attributePayload");
	const entries = Object.entries(requireObject(attributes, "attributePayload.attributes")).map(
		([name, value]) =>
			[
				matching(name, attributeName, "The name of an attribute"),
				matching(value, attributeValue, `The value of the attribute ${name}`),
			] as const,
	);
	return { attributes: Object.fromEntries(entries), merge: merge === true };
}

/** @throws ServiceError InvalidRequestException when the value is not an object */
export function requireObject(value: unknown, what: string): Record<string, unknown> {
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
