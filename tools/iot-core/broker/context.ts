// SPDX-License-Identifier: MIT
import type { X509Certificate } from "node:crypto";
import type { ConditionKeys } from "../policy/conditions.js";
import type { Variables } from "../policy/pattern.js";
import { Name, X509Certificate as ParsedCertificate } from "../x509.js";
import type { ConnectAttributes } from "./session.js";

/** What policies see of a device besides the action and the resource. */
export interface RequestContext {
	variables: Variables;
	conditionKeys: ConditionKeys;
}

/** Attributes of a distinguished name (developer guide, "X.509 certificate policy variables") and their OIDs (X.520). */
const nameAttributes = {
	CommonName: "2.5.4.3",
	Surname: "2.5.4.4",
	SerialNumber: "2.5.4.5",
	Country: "2.5.4.6",
	State: "2.5.4.8",
	Organization: "2.5.4.10",
	OrganizationalUnit: "2.5.4.11",
	Title: "2.5.4.12",
	GivenName: "2.5.4.42",
	Initials: "2.5.4.43",
	GenerationQualifier: "2.5.4.44",
	DistinguishedNameQualifier: "2.5.4.46",
	Pseudonym: "2.5.4.65",
} as const;
/** Values with such characters are not substituted (developer guide, same page). */
const unsafe = /[*$+?#]/;

/**
 * Collects the values of a device's policy variables and condition keys.
 * @param attributes what CONNECT brought, the last will's topic as an ARN
 * @param thing the values of the thing's variables, which may change while the device is connected
 */
export function requestContext(
	{ clientId, persistent, lastWillTopic }: ConnectAttributes,
	certificate: X509Certificate,
	sourceIp: string,
	thing: Variables,
): RequestContext {
	const values = new Map([
		["iot:ClientId", clientId],
		["aws:SourceIp", sourceIp],
		...certificateVariables(certificate),
	]);
	const connectAttributes = [
		...(persistent ? ["PersistentConnect"] : []),
		...(lastWillTopic === undefined ? [] : ["LastWill"]),
	];
	return {
		variables: name => values.get(name) ?? thing(name),
		conditionKeys(key) {
			if (key === "iot:ConnectAttributes") return connectAttributes;
			if (key === "iot:LastWillTopic") return lastWillTopic === undefined ? undefined : [lastWillTopic];
			const value = values.get(key) ?? thing(key);
			return value === undefined ? undefined : [value];
		},
	};
}

function certificateVariables(certificate: X509Certificate): [string, string][] {
	const parsed = new ParsedCertificate(certificate.raw);
	const variables: [string, string][] = [
		["iot:Certificate.SerialNumber", BigInt(`0x${certificate.serialNumber}`).toString()],
		...nameVariables("iot:Certificate.Subject", new Name(parsed.subject)),
		...nameVariables("iot:Certificate.Issuer", new Name(parsed.issuer)),
	];
	return variables.filter(([, value]) => !unsafe.test(value));
}

/** Each value under its attribute's name and index; the first one under the plain name as well. */
function nameVariables(prefix: string, name: Name): [string, string][] {
	return Object.entries(nameAttributes).flatMap(([attribute, oid]) =>
		name
			.getField(oid)
			.flatMap((value, index): [string, string][] => [
				...(index === 0 ? ([[`${prefix}.${attribute}`, value]] as [string, string][]) : []),
				[`${prefix}.${attribute}.${index}`, value],
			]),
	);
}
