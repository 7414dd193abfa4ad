// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";

import { writeRemedy } from "../../lib/write-file.js";
import { arn, certificateIdOf, type Realm } from "../arn.js";
import { ServiceError } from "../errors.js";
import { parsePolicyDocument, type Statement } from "../policy/document.js";
import { readClientCertificate } from "./certificate.js";
import { asEntry, type CertificateRecord, certificateStatus, type Entry, type PolicyRecord } from "./entries.js";
import { RegistryJournal } from "./registry-journal.js";
import { Things } from "./things.js";

/** Statuses that a caller may set (service model, UpdateCertificate: PENDING_* and REGISTER_INACTIVE are AWS' own). */
const settableStatus = ["ACTIVE", "INACTIVE", "REVOKED"] as const;
/** Policies per target (AWS IoT quotas, "Policies attached to a certificate"). */
const maxPoliciesPerTarget = 10;
/** Service model, PolicyName. `\w` is ASCII there as it is here. */
const policyNamePattern = /^[\w+=,.@-]{1,128}$/;
/** Service model, CertificateId. */
const certificateIdPattern = /^(0x)?[a-fA-F0-9]{64}$/;
/** The journal is written anew when it opens with this many times more entries than there are live records. */
const compactionFactor = 2;
const compactionMinEntries = 1000;

interface Policy {
	record: PolicyRecord;
	statements: Statement[];
	targets: Set<string>;
}

interface RegistryEvents {
	/** A certificate's status, policies or things changed, or it is gone: who uses it must be judged again. */
	changed: [certificateId: string];
}

/**
 * The account's certificates, policies, things and attachments: in memory, and every change in a journal before it is
 * answered. Methods throw ServiceError as AWS IoT's control plane does.
 */
export class Registry extends EventEmitter<RegistryEvents> {
	readonly realm: Realm;
	readonly things: Things;
	readonly #certificates = new Map<string, CertificateRecord>();
	readonly #policies = new Map<string, Policy>();
	readonly #attached = new Map<string, Set<string>>();
	readonly #journal: RegistryJournal;

	/**
	 * @param log takes what happened to the journal
	 * @throws StateError when the journal is not this program's, or cannot be written
	 */
	constructor(realm: Realm, journalFile: string, log: (line: string) => void = () => {}) {
		super();
		this.realm = realm;
		this.things = new Things({
			realm,
			commit: entry => this.#commit(entry),
			principalArn: principal => this.certificateArn(this.#target(principal).certificateId),
			changed: principal => this.emit("changed", certificateIdOf(realm, principal) ?? ""),
		});
		this.#journal = RegistryJournal.open(journalFile, value => this.#apply(asEntry(value)), log);
		const live = this.#certificates.size + this.#policies.size + this.#attached.size + 2 * this.things.size;
		if (this.#journal.length > Math.max(compactionMinEntries, compactionFactor * live)) this.#compact(log);
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

	registerCertificateWithoutCA(certificatePem: unknown, status: unknown = "INACTIVE"): CertificateRecord {
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
		const attached = [...(this.#attached.get(target) ?? [])];
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
		for (const policyName of attached) this.#commit({ change: "detached", policyName, target });
		this.#commit({ change: "certificate-deleted", certificateId: record.certificateId });
		this.emit("changed", record.certificateId);
	}

	certificateArn(certificateId: string): string {
		return arn(this.realm, "cert", certificateId);
	}

	// policies

	createPolicy(policyName: string, document: unknown): PolicyRecord {
		checkPolicyName(policyName);
		if (typeof document !== "string")
			throw new ServiceError("InvalidRequestException", "policyDocument must be a string that holds a JSON document.");
		parsePolicyDocument(document);
		if (this.#policies.has(policyName))
			throw new ServiceError(
				"ResourceAlreadyExistsException",
				`Policy cannot be created - name already exists (name=${policyName})`,
				{ resourceId: policyName, resourceArn: this.policyArn(policyName) },
			);
		const record: PolicyRecord = { policyName, document, creationDate: seconds(), generationId: randomUUID() };
		this.#commit({ change: "policy", record });
		return record;
	}

	getPolicy(policyName: string): PolicyRecord {
		return this.#policy(policyName).record;
	}

	/** All policies, oldest first. */
	policies(): PolicyRecord[] {
		return [...this.#policies.values()].map(({ record }) => record);
	}

	deletePolicy(policyName: string): void {
		const { targets } = this.#policy(policyName);
		if (targets.size > 0)
			throw new ServiceError(
				"DeleteConflictException",
				`The policy cannot be deleted as the policy is attached to one or more principals (name=${policyName})`,
			);
		this.#commit({ change: "policy-deleted", policyName });
	}

	policyArn(policyName: string): string {
		return arn(this.realm, "policy", policyName);
	}

	// attachments

	/** Attaching what is attached changes nothing. */
	attachPolicy(policyName: string, target: unknown): void {
		const policy = this.#policy(policyName);
		const certificate = this.#target(target);
		const targetArn = this.certificateArn(certificate.certificateId);
		const attached = this.#attached.get(targetArn);
		if (policy.targets.has(targetArn)) return;
		if (attached !== undefined && attached.size >= maxPoliciesPerTarget)
			throw new ServiceError(
				"LimitExceededException",
				`At most ${maxPoliciesPerTarget} policies can be attached to ${targetArn}.`,
			);
		this.#commit({ change: "attached", policyName, target: targetArn });
		this.emit("changed", certificate.certificateId);
	}

	/** Detaching what is not attached changes nothing. */
	detachPolicy(policyName: string, target: unknown): void {
		const policy = this.#policy(policyName);
		const certificate = this.#target(target);
		const targetArn = this.certificateArn(certificate.certificateId);
		if (!policy.targets.has(targetArn)) return;
		this.#commit({ change: "detached", policyName, target: targetArn });
		this.emit("changed", certificate.certificateId);
	}

	/** Policies of a target, in the order of attaching. */
	listAttachedPolicies(target: unknown): PolicyRecord[] {
		const { certificateId } = this.#target(target);
		return [...(this.#attached.get(this.certificateArn(certificateId)) ?? [])].map(name => this.#policy(name).record);
	}

	/** All statements of the policies attached to a certificate. */
	statementsOf(certificateId: string): Statement[] {
		const names = [...(this.#attached.get(this.certificateArn(certificateId)) ?? [])];
		return names.flatMap(name => this.#policies.get(name)?.statements ?? []);
	}

	#policy(policyName: string): Policy {
		checkPolicyName(policyName);
		const policy = this.#policies.get(policyName);
		if (policy === undefined)
			throw new ServiceError("ResourceNotFoundException", `Policy not found (name=${policyName})`);
		return policy;
	}

	#target(target: unknown): CertificateRecord {
		const certificateId = typeof target === "string" ? certificateIdOf(this.realm, target) : undefined;
		if (certificateId === undefined)
			throw new ServiceError(
				"InvalidRequestException",
				`The target must be the ARN of a certificate of this account and region, ${this.certificateArn("<certificateId>")}.`,
			);
		return this.describeCertificate(certificateId);
	}

	#commit(entry: Entry): void {
		this.#journal.append(entry);
		this.#apply(entry);
	}

	#apply(entry: Entry): void {
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
			case "policy":
				this.#policies.set(entry.record.policyName, {
					record: entry.record,
					statements: parsePolicyDocument(entry.record.document),
					targets: new Set(),
				});
				return;
			case "policy-deleted":
				this.#policies.delete(entry.policyName);
				return;
			case "attached":
				this.#policies.get(entry.policyName)?.targets.add(entry.target);
				this.#attached.set(entry.target, (this.#attached.get(entry.target) ?? new Set()).add(entry.policyName));
				return;
			case "detached":
				this.#policies.get(entry.policyName)?.targets.delete(entry.target);
				this.#detach(entry.target, entry.policyName);
				return;
			default:
				this.things.apply(entry);
		}
	}

	#detach(target: string, policyName: string): void {
		const attached = this.#attached.get(target);
		attached?.delete(policyName);
		if (attached?.size === 0) this.#attached.delete(target);
	}

	*#snapshot(): Generator<Entry> {
		for (const record of this.#certificates.values()) yield { change: "certificate", record };
		for (const { record } of this.#policies.values()) yield { change: "policy", record };
		for (const [target, names] of this.#attached)
			for (const policyName of names) yield { change: "attached", policyName, target };
		yield* this.things.snapshot();
	}
}

function checkPolicyName(policyName: string): void {
	if (!policyNamePattern.test(policyName))
		throw new ServiceError("InvalidRequestException", "policyName must match [\\w+=,.@-]{1,128}.");
}

function registrationStatus(status: unknown): (typeof settableStatus)[number] {
	const settable = settableStatus.find(value => value === status);
	if (settable !== undefined) return settable;
	if (certificateStatus.some(value => value === status))
		throw new ServiceError("CertificateStateException", `Not allowed to register certificate with ${status} status`);
	throw new ServiceError("InvalidRequestException", `status must be one of ${settableStatus.join(", ")}.`);
}

function seconds(): number {
	return Date.now() / 1000;
}
