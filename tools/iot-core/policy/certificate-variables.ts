// SPDX-License-Identifier: MIT
import type { CertificateFields, NameAttribute } from "../registry/certificate-fields.js";

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

/** The policy variables of a certificate and their values (developer guide, "X.509 certificate policy variables"). */
export function certificateVariables({ serialNumber, subject, issuer }: CertificateFields): [string, string][] {
	const variables: [string, string][] = [
		["iot:Certificate.SerialNumber", serialNumber.toString()],
		...nameVariables("iot:Certificate.Subject", subject),
		...nameVariables("iot:Certificate.Issuer", issuer),
	];
	return variables.filter(([, value]) => !unsafe.test(value));
}

/** Each value under its attribute's name and index; the first one under the plain name as well. */
function nameVariables(prefix: string, name: readonly NameAttribute[]): [string, string][] {
	return Object.entries(nameAttributes).flatMap(([attribute, oid]) =>
		name
			.filter(({ type }) => type === oid)
			.flatMap(({ value }, index): [string, string][] => [
				...(index === 0 ? ([[`${prefix}.${attribute}`, value]] as [string, string][]) : []),
				[`${prefix}.${attribute}.${index}`, value],
			]),
	);
}
