// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";

import { writeRemedy } from "../../lib/write-file.js";
import { arn, type Realm, resourceOf } from "../arn.js";
import { ServiceError } from "../errors.js";
import type { Statement } from "../policy/document.js";
import { readClientCertificate } from "./certificate.js";
import { asEntry, type CertificateRecord, certificateStatus, type Entry, type PolicyRecord } from "./entries.js";
import { type RegistryHost, seconds } from "./host.js";
import { Policies } from "./policies.js";
import { RegistryJournal } from "./registry-journal.js";
import { ResourceTags } from "./tags.js";
import { ThingGroups } from "./thing-groups.js";
import { ThingTypes } from "./thing-types.js";
import { Things } from "./things.js";

/** Statuses that a caller may set (service model, UpdateCertificate: only AWS sets PENDING_* and REGISTER_INACTIVE). */
const settableStatus = ["ACTIVE", "INACTIVE", "REVOKED"] as const;
/** Service model, CertificateId. */
const certificateIdPattern = /^(0x)?[a-fA-F0-9]{64}$/;
/** The journal is rewritten when it opens with this many times more entries than there are live records. */
const compactionFactor = 2;
const compactionMinEntries = 1000;

interface RegistryEvents {
	/** A certificate's status, policies or things changed, or it is gone: who uses it must be judged again. */
	changed: [certificateId: string];
	/** Anything changed. */
	committed: [];
}

/**
 * The account's certificates, and with its parts everything that AWS IoT's registry has: in memory, and every change in
 * a journal before it is answered. Methods throw ServiceError as AWS IoT's control plane does.
 */
export class Registry extends EventEmitter<RegistryEvents> {
	readonly realm: Realm;
	readonly policies: Policies;
	readonly things: Things;
	readonly thingTypes: ThingTypes;
	readonly thingGroups: ThingGroups;
	readonly tags: ResourceTags;
	readonly #certificates = new Map<string, CertificateRecord>();
	readonly #journal: RegistryJournal;
	#revision = 0;

	/**
	 * @param log takes what happened to the journal
	 * @throws StateError when the journal is not this program's, or cannot be written
	 */
	constructor(realm: Realm, journalFile: string, log: (line: string) => void = () => {}) {
		super();
		this.realm = realm;
		const host: RegistryHost = {
			realm,
			commit: entry => this.#commit(entry),
			principalArn: principal => this.#principalArn(principal),
			changed: certificateArns => this.#changed(certificateArns),
		};
		this.policies = new Policies({
			...host,
			targetArn: target => this.#targetArn(target),
			certificatesOf: target => this.#certificatesOf(target),
		});
		this.things = new Things({
			...host,
			checkType: thingTypeName => this.thingTypes.checkUsable(thingTypeName),
			leaveGroups: thingName => this.thingGroups.forget(thingName),
		});
		this.thingTypes = new ThingTypes({ ...host, hasType: thingTypeName => this.things.hasType(thingTypeName) });
		this.thingGroups = new ThingGroups({
			...host,
			checkThing: thingName => void this.things.describe(thingName),
			certificatesOfThing: thingName => this.things.certificatesOf(thingName),
			detachPolicies: groupArn => this.policies.detachAll(groupArn),
		});
		this.tags = new ResourceTags({ ...host, checkTaggable: resourceArn => this.#checkTaggable(resourceArn) });
		this.#journal = RegistryJournal.open(journalFile, value => this.#apply(asEntry(value)), log);
		const live = this.#certificates.size + this.#parts.reduce((sum, { size }) => sum + 2 * size, 0);
		if (this.#journal.length > Math.max(compactionMinEntries, compactionFactor * live)) this.#compact(log);
	}

	/** Counts all changes: what was derived from the registry holds as long as this stays. */
	get revision(): number {
		return this.#revision;
	}

	get #parts() {
		return [this.policies, this.things, this.thingTypes, this.thingGroups, this.tags];
	}

	close(): void {
		this.#journal.close();
	}

	/** Without space for it, the longer journal is as good. */
	#compact(log: (line: string) => void): void {
		try {
			this.#journal.rewrite(this.#snapshot());
		} catch (error) {
			log(`${this.#journal.file} was not made shorter (${writeRemedy(error)})`);
		}
	}

	// certificates

	/** @param mode DEFAULT for a certificate that this service has issued */
	registerCertificateWithoutCA(
		certificatePem: unknown,
		status: unknown = "INACTIVE",
		mode?: CertificateRecord["mode"],
	): CertificateRecord {
		const settable = registrationStatus(status);
		const { certificateId, pem } = readClientCertificate(certificatePem);
		if (this.#certificates.has(certificateId))
			throw new ServiceError("ResourceAlreadyExistsException", "The certificate is already provisioned or registered", {
				resourceId: certificateId,
				resourceArn: this.certificateArn(certificateId),
			});
		const now = seconds();
		const record: CertificateRecord = {
			certificateId,
			...(mode !== undefined && { mode }),
			pem,
			status: settable,
			creationDate: now,
			lastModifiedDate: now,
			customerVersion: 1,
			generationId: randomUUID(),
		};
		this.#commit({ change: "certificate", record });
		return record;
	}

	/** The certificate, or undefined when it is not registered here. */
	findCertificate(certificateId: string): CertificateRecord | undefined {
		return this.#certificates.get(certificateId);
	}

	describeCertificate(certificateId: string): CertificateRecord {
		if (!certificateIdPattern.test(certificateId))
			throw new ServiceError("InvalidRequestException", "certificateId must be 64 hexadecimal digits.");
		const record = this.#certificates.get(certificateId.replace(/^0x/, "").toLowerCase());
		if (record === undefined)
			throw new ServiceError("ResourceNotFoundException", `Certificate ${certificateId} does not exist.`);
		return record;
	}

	/** All certificates, oldest first. */
	certificates(): CertificateRecord[] {
		return [...this.#certificates.values()];
	}

	updateCertificate(certificateId: string, newStatus: unknown): void {
		const status = settableStatus.find(value => value === newStatus);
		if (status === undefined)
			throw new ServiceError("InvalidRequestException", `newStatus must be one of ${settableStatus.join(", ")}.`);
		const record = this.describeCertificate(certificateId);
		if (record.status === status) return;
		if (record.status === "REVOKED")
			throw new ServiceError(
				"CertificateStateException",
				`Certificate ${record.certificateId} is REVOKED, which is final.`,
			);
		this.#commit({ change: "status", certificateId: record.certificateId, status, at: seconds() });
		this.emit("changed", record.certificateId);
	}

	/** `forceDelete` detaches the policies first; things must be detached in any case. */
	deleteCertificate(certificateId: string, forceDelete: boolean): void {
		const record = this.describeCertificate(certificateId);
		const target = this.certificateArn(record.certificateId);
		const attached = this.policies.namesOf(target);
		if (record.status === "ACTIVE")
			throw new ServiceError(
				"CertificateStateException",
				`Certificate must be deactivated (not ACTIVE) before deletion. Id: ${record.certificateId}`,
			);
		if (this.things.hasThing(target))
			throw new ServiceError("DeleteConflictException", `Things must be detached before deletion (arn: ${target})`);
		if (attached.length > 0 && !forceDelete)
			throw new ServiceError(
				"DeleteConflictException",
				`Certificate policies must be detached before deletion (arn: ${target})`,
			);
		this.policies.detachAll(target);
		this.#commit({ change: "certificate-deleted", certificateId: record.certificateId });
		this.emit("changed", record.certificateId);
	}

	certificateArn(certificateId: string): string {
		return arn(this.realm, "cert", certificateId);
	}

	/** Policies of a target; with `recursive`, also those of the groups above a thing group. */
	attachedPolicies(target: string, recursive: boolean): PolicyRecord[] {
		const own = this.policies.attachedTo(target);
		const groupName = recursive ? resourceOf(this.realm, "thinggroup", target) : undefined;
		if (groupName === undefined) return own;
		const above = this.thingGroups.ancestors(groupName).map(group => this.thingGroups.arn(group.groupName));
		return [...new Set([...own, ...above.flatMap(group => this.policies.attachedTo(group))])];
	}

	/** All statements of the policies that are for a certificate: its own, and those of its things' groups. */
	statementsOf(certificateId: string): Statement[] {
		const certificateArn = this.certificateArn(certificateId);
		const groups = this.things.namesOf(certificateArn).flatMap(name => this.thingGroups.arnsOfThing(name));
		return this.policies.statementsOf([certificateArn, ...groups]);
	}

	#principalArn(principal: unknown): string {
		const certificateId = typeof principal === "string" ? resourceOf(this.realm, "cert", principal) : undefined;
		if (certificateId === undefined)
			throw new ServiceError(
				"InvalidRequestException",
				`The principal must be the ARN of a certificate of this account and region, ${this.certificateArn("<certificateId>")}.`,
			);
		return this.certificateArn(this.describeCertificate(certificateId).certificateId);
	}

	/** What a policy may be attached to. */
	#targetArn(target: unknown): string {
		const groupName = typeof target === "string" ? resourceOf(this.realm, "thinggroup", target) : undefined;
		if (groupName !== undefined) return this.thingGroups.arn(this.thingGroups.describe(groupName).groupName);
		if (typeof target === "string" && resourceOf(this.realm, "cert", target) !== undefined)
			return this.#principalArn(target);
		throw new ServiceError(
			"InvalidRequestException",
			`The target must be the ARN of a certificate or thing group of this account and region, such as ${this.certificateArn("<certificateId>")}.`,
		);
	}

	#certificatesOf(target: string): Iterable<string> {
		const groupName = resourceOf(this.realm, "thinggroup", target);
		return groupName === undefined ? [target] : this.thingGroups.certificatesOf(groupName);
	}

	#checkTaggable(resourceArn: string): void {
		const name = (kind: "policy" | "thinggroup" | "thingtype") => resourceOf(this.realm, kind, resourceArn);
		const [policy, group, type] = [name("policy"), name("thinggroup"), name("thingtype")];
		if (policy !== undefined) this.policies.get(policy);
		else if (group !== undefined) this.thingGroups.describe(group);
		else if (type !== undefined) this.thingTypes.describe(type);
		else
			throw new ServiceError(
				"InvalidRequestException",
				`${resourceArn} is not the ARN of a policy, thing group or thing type of this account and region; other resources have no tags here.`,
			);
	}

	#changed(certificateArns: Iterable<string>): void {
		for (const certificateArn of new Set(certificateArns))
			this.emit("changed", resourceOf(this.realm, "cert", certificateArn) ?? "");
	}

	#commit(entry: Entry): void {
		this.#journal.append(entry);
		this.#apply(entry);
		this.emit("committed");
	}

	#apply(entry: Entry): void {
		this.#revision++;
		switch (entry.change) {
			case "certificate":
				this.#certificates.set(entry.record.certificateId, entry.record);
				return;
			case "status": {
				const record = this.#certificates.get(entry.certificateId);
				if (record !== undefined)
					this.#certificates.set(entry.certificateId, {
						...record,
						status: entry.status,
						lastModifiedDate: entry.at,
						customerVersion: record.customerVersion + 1,
					});
				return;
			}
			case "certificate-deleted":
				this.#certificates.delete(entry.certificateId);
				return;
			default:
				for (const part of this.#parts) part.apply(entry);
		}
	}

	*#snapshot(): Generator<Entry> {
		for (const record of this.#certificates.values()) yield { change: "certificate", record };
		for (const part of this.#parts) yield* part.snapshot();
	}
}

function registrationStatus(status: unknown): (typeof settableStatus)[number] {
	const settable = settableStatus.find(value => value === status);
	if (settable !== undefined) return settable;
	if (certificateStatus.some(value => value === status))
		throw new ServiceError("CertificateStateException", `Not allowed to register certificate with ${status} status`);
	throw new ServiceError("InvalidRequestException", `status must be one of ${settableStatus.join(", ")}.`);
}
