// SPDX-License-Identifier: MIT
import { StateError } from "../errors.js";

/** CertificateStatus of the service model. */
export const certificateStatus = [
	"ACTIVE",
	"INACTIVE",
	"REVOKED",
	"PENDING_TRANSFER",
	"REGISTER_INACTIVE",
	"PENDING_ACTIVATION",
] as const;
export type CertificateStatus = (typeof certificateStatus)[number];

/** A registered certificate, as it is kept. Times are seconds since the epoch. */
export interface CertificateRecord {
	certificateId: string;
	/** CertificateMode of the service model; absent: SNI_ONLY. */
	mode?: "DEFAULT";
	pem: string;
	status: CertificateStatus;
	creationDate: number;
	lastModifiedDate: number;
	/** Counts the changes, from 1. */
	customerVersion: number;
	generationId: string;
}

/** One version of a policy. The date is in seconds since the epoch. */
export interface PolicyVersion {
	/** A number, from 1. */
	versionId: string;
	/** The document as it was given, byte for byte. */
	document: string;
	creationDate: number;
}

/** A policy, as it is kept. Times are seconds since the epoch. */
export interface PolicyRecord {
	policyName: string;
	creationDate: number;
	lastModifiedDate: number;
	generationId: string;
	/** Oldest first. */
	versions: PolicyVersion[];
	defaultVersionId: string;
	/** The number of the newest version that ever was: numbers are not used twice. */
	lastVersion: number;
}

/** A thing type, as it is kept. Times are seconds since the epoch. */
export interface ThingTypeRecord {
	thingTypeName: string;
	thingTypeId: string;
	description: string;
	searchableAttributes: string[];
	/** Null while new things may have the type. */
	deprecationDate: number | null;
	creationDate: number;
}

/** A static thing group, as it is kept. Times are seconds since the epoch. */
export interface ThingGroupRecord {
	groupName: string;
	groupId: string;
	parent?: string;
	description: string;
	attributes: Record<string, string>;
	/** Counts the changes, from 1. */
	version: number;
	creationDate: number;
}

/** ThingPrincipalType of the service model. */
export const thingPrincipalTypes = ["EXCLUSIVE_THING", "NON_EXCLUSIVE_THING"] as const;
export type ThingPrincipalType = (typeof thingPrincipalTypes)[number];

/** A thing, as it is kept. */
export interface ThingRecord {
	thingName: string;
	thingId: string;
	thingTypeName?: string;
	attributes: Record<string, string>;
	/** Counts the changes, from 1. */
	version: number;
}

/** A change of the things; `principal` is the ARN of a certificate. */
export type ThingEntry =
	| { change: "thing"; record: ThingRecord }
	| { change: "thing-deleted"; thingName: string }
	| { change: "principal-attached"; thingName: string; principal: string; type: ThingPrincipalType }
	| { change: "principal-detached"; thingName: string; principal: string };

/** A change of the registry, as the journal holds it. */
export type Entry =
	| ThingEntry
	| { change: "thing-type"; record: ThingTypeRecord }
	| { change: "thing-type-deleted"; thingTypeName: string }
	| { change: "thing-group"; record: ThingGroupRecord }
	| { change: "thing-group-deleted"; groupName: string }
	| { change: "group-joined"; groupName: string; thingName: string }
	| { change: "group-left"; groupName: string; thingName: string }
	| { change: "tags"; resourceArn: string; tags: Record<string, string> }
	| { change: "certificate"; record: CertificateRecord }
	| { change: "status"; certificateId: string; status: CertificateStatus; at: number }
	| { change: "certificate-deleted"; certificateId: string }
	| { change: "policy"; record: PolicyRecord }
	| { change: "policy-deleted"; policyName: string }
	| { change: "attached"; policyName: string; target: string }
	| { change: "detached"; policyName: string; target: string };

/** The members of each change, and their types, by which a line of the journal is recognised. */
const shapes: Record<Entry["change"], Record<string, "string" | "number" | "object">> = {
	certificate: { record: "object" },
	status: { certificateId: "string", status: "string", at: "number" },
	"certificate-deleted": { certificateId: "string" },
	policy: { record: "object" },
	"policy-deleted": { policyName: "string" },
	attached: { policyName: "string", target: "string" },
	detached: { policyName: "string", target: "string" },
	thing: { record: "object" },
	"thing-deleted": { thingName: "string" },
	"principal-attached": { thingName: "string", principal: "string", type: "string" },
	"principal-detached": { thingName: "string", principal: "string" },
	"thing-type": { record: "object" },
	"thing-type-deleted": { thingTypeName: "string" },
	"thing-group": { record: "object" },
	"thing-group-deleted": { groupName: "string" },
	"group-joined": { groupName: "string", thingName: "string" },
	"group-left": { groupName: "string", thingName: "string" },
	tags: { resourceArn: "string", tags: "object" },
};

/** Recognises a line of the journal. @throws StateError when it was not written by this program. */
export function asEntry(value: unknown): Entry {
	const entry = (value ?? {}) as Record<string, unknown>;
	const change = String(entry.change);
	const shape = Object.hasOwn(shapes, change) ? shapes[change as Entry["change"]] : undefined;
	if (shape === undefined) throw new StateError(`unknown change "${change}"`);
	const wrong = Object.entries(shape).find(([member, type]) => typeof entry[member] !== type || entry[member] === null);
	if (wrong !== undefined) throw new StateError(`"${wrong[0]}" of a change "${change}" must be of type ${wrong[1]}`);
	return value as Entry;
}
