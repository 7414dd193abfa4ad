// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";

import { arn } from "../arn.js";
import { ServiceError } from "../errors.js";
import { parsePolicyDocument, type Statement } from "../policy/document.js";
import type { Entry, PolicyRecord, PolicyVersion } from "./entries.js";
import { type RegistryHost, seconds } from "./host.js";

/** Policies per target (AWS IoT quotas, "Policies attached to a certificate"). */
const maxPoliciesPerTarget = 10;
/** Versions of a policy (AWS IoT quotas, "Versions per policy"; model, VersionsLimitExceededException). */
const maxVersions = 5;
/** Service model, PolicyName. `\w` is ASCII there as it is here. */
const policyNamePattern = /^[\w+=,.@-]{1,128}$/;

interface Policy {
	record: PolicyRecord;
	/** Of the default version. */
	statements: Statement[];
	targets: Set<string>;
}

/** What policies need of the rest of the registry. */
export interface PoliciesHost extends RegistryHost {
	/** The ARN of what a policy may be attached to: a certificate or a thing group. @throws ServiceError for what is neither */
	targetArn(target: unknown): string;
	/** The certificates that the policies of a target are for. */
	certificatesOf(target: string): Iterable<string>;
}

/** The account's policies, their versions and what they are attached to. Methods throw ServiceError as AWS IoT does. */
export class Policies {
	readonly #host: PoliciesHost;
	readonly #policies = new Map<string, Policy>();
	readonly #attached = new Map<string, Set<string>>();

	constructor(host: PoliciesHost) {
		this.#host = host;
	}

	/** Policies and targets, for the length of the journal. */
	get size(): number {
		return this.#policies.size + this.#attached.size;
	}

	arn(policyName: string): string {
		return arn(this.#host.realm, "policy", policyName);
	}

	/** A new policy, with its version 1. */
	create(policyName: string, document: unknown): PolicyRecord {
		checkPolicyName(policyName);
		const version = newVersion("1", document);
		if (this.#policies.has(policyName))
			throw new ServiceError(
				"ResourceAlreadyExistsException",
				`Policy cannot be created - name already exists (name=${policyName})`,
				{ resourceId: policyName, resourceArn: this.arn(policyName) },
			);
		const { creationDate } = version;
		const record: PolicyRecord = {
			policyName,
			creationDate,
			lastModifiedDate: creationDate,
			generationId: randomUUID(),
			versions: [version],
			defaultVersionId: version.versionId,
			lastVersion: 1,
		};
		this.#host.commit({ change: "policy", record });
		return record;
	}

	get(policyName: string): PolicyRecord {
		return this.#policy(policyName).record;
	}

	/** All policies, oldest first. */
	list(): PolicyRecord[] {
		return [...this.#policies.values()].map(({ record }) => record);
	}

	delete(policyName: string): void {
		const { targets, record } = this.#policy(policyName);
		if (targets.size > 0)
			throw new ServiceError(
				"DeleteConflictException",
				`The policy cannot be deleted as the policy is attached to one or more principals (name=${policyName})`,
			);
		if (record.versions.length > 1)
			throw new ServiceError(
				"DeleteConflictException",
				`Cannot delete the policy because it has one or more policy versions attached to it (name=${policyName})`,
			);
		this.#host.commit({ change: "policy-deleted", policyName });
	}

	createVersion(policyName: string, document: unknown, asDefault: boolean): PolicyVersion {
		const { record } = this.#policy(policyName);
		const lastVersion = record.lastVersion + 1;
		const version = newVersion(String(lastVersion), document);
		if (record.versions.length >= maxVersions)
			throw new ServiceError(
				"VersionsLimitExceededException",
				`The policy ${policyName} already has the maximum number of versions (${maxVersions})`,
			);
		this.#replace({
			...record,
			versions: [...record.versions, version],
			lastVersion,
			...(asDefault && { defaultVersionId: version.versionId }),
		});
		return version;
	}

	version(policyName: string, versionId: string): PolicyVersion {
		const found = this.#policy(policyName).record.versions.find(version => version.versionId === versionId);
		if (found === undefined)
			throw new ServiceError(
				"ResourceNotFoundException",
				`Policy version not found (name=${policyName}, version=${versionId})`,
			);
		return found;
	}

	setDefaultVersion(policyName: string, versionId: string): void {
		const defaultVersionId = this.version(policyName, versionId).versionId;
		this.#replace({ ...this.get(policyName), defaultVersionId });
	}

	deleteVersion(policyName: string, versionId: string): void {
		const { versionId: deleted } = this.version(policyName, versionId);
		const record = this.get(policyName);
		if (record.defaultVersionId === deleted)
			throw new ServiceError(
				"DeleteConflictException",
				`Cannot delete the default version of a policy (name=${policyName}, version=${deleted})`,
			);
		this.#replace({ ...record, versions: record.versions.filter(version => version.versionId !== deleted) });
	}

	/** Attaching what is attached changes nothing. */
	attach(policyName: string, target: unknown): void {
		const policy = this.#policy(policyName);
		const targetArn = this.#host.targetArn(target);
		if (policy.targets.has(targetArn)) return;
		if ((this.#attached.get(targetArn)?.size ?? 0) >= maxPoliciesPerTarget)
			throw new ServiceError(
				"LimitExceededException",
				`At most ${maxPoliciesPerTarget} policies can be attached to ${targetArn}.`,
			);
		this.#host.commit({ change: "attached", policyName, target: targetArn });
		this.#host.changed(this.#host.certificatesOf(targetArn));
	}

	/** Detaching what is not attached changes nothing. */
	detach(policyName: string, target: unknown): void {
		const policy = this.#policy(policyName);
		const targetArn = this.#host.targetArn(target);
		if (!policy.targets.has(targetArn)) return;
		this.#host.commit({ change: "detached", policyName, target: targetArn });
		this.#host.changed(this.#host.certificatesOf(targetArn));
	}

	/** Detaches all policies of what is about to be deleted. */
	detachAll(targetArn: string): void {
		for (const policyName of [...(this.#attached.get(targetArn) ?? [])])
			this.#host.commit({ change: "detached", policyName, target: targetArn });
	}

	/** Policies of a target, in the order of attaching. */
	attachedTo(target: unknown): PolicyRecord[] {
		return this.namesOf(this.#host.targetArn(target)).map(name => this.#policy(name).record);
	}

	/** Names of the policies of a target, which may be gone. */
	namesOf(targetArn: string): string[] {
		return [...(this.#attached.get(targetArn) ?? [])];
	}

	/** Whether there is a policy of this name. */
	has(policyName: string): boolean {
		checkPolicyName(policyName);
		return this.#policies.has(policyName);
	}

	/** ARNs of what a policy is attached to, in the order of attaching. */
	targetsOf(policyName: string): string[] {
		return [...this.#policy(policyName).targets];
	}

	/** All statements of the policies that are attached to some targets. */
	statementsOf(targetArns: readonly string[]): Statement[] {
		const names = new Set(targetArns.flatMap(target => this.namesOf(target)));
		return [...names].flatMap(name => this.#policies.get(name)?.statements ?? []);
	}

	apply(entry: Entry): void {
		switch (entry.change) {
			case "policy": {
				const record = ofAnyAge(entry.record);
				this.#policies.set(record.policyName, {
					record,
					statements: parsePolicyDocument(defaultDocument(record)),
					targets: this.#policies.get(record.policyName)?.targets ?? new Set(),
				});
				return;
			}
			case "policy-deleted":
				this.#policies.delete(entry.policyName);
				return;
			case "attached":
				this.#policies.get(entry.policyName)?.targets.add(entry.target);
				this.#attached.set(entry.target, (this.#attached.get(entry.target) ?? new Set()).add(entry.policyName));
				return;
			case "detached":
				this.#policies.get(entry.policyName)?.targets.delete(entry.target);
				this.#removeAttached(entry.target, entry.policyName);
				return;
		}
	}

	/** The changes that make what there is. */
	*snapshot(): Generator<Entry> {
		for (const { record } of this.#policies.values()) yield { change: "policy", record };
		for (const [target, names] of this.#attached)
			for (const policyName of names) yield { change: "attached", policyName, target };
	}

	#policy(policyName: string): Policy {
		checkPolicyName(policyName);
		const policy = this.#policies.get(policyName);
		if (policy === undefined)
			throw new ServiceError("ResourceNotFoundException", `Policy not found (name=${policyName})`);
		return policy;
	}

	#replace(record: PolicyRecord): void {
		this.#host.commit({ change: "policy", record: { ...record, lastModifiedDate: seconds() } });
		for (const target of this.targetsOf(record.policyName)) this.#host.changed(this.#host.certificatesOf(target));
	}

	#removeAttached(target: string, policyName: string): void {
		const attached = this.#attached.get(target);
		attached?.delete(policyName);
		if (attached?.size === 0) this.#attached.delete(target);
	}
}

/** The document of the version that counts. */
export function defaultDocument({ versions, defaultVersionId }: PolicyRecord): string {
	return versions.find(({ versionId }) => versionId === defaultVersionId)?.document ?? "";
}

/** Journals of before there were versions have the document alone. */
function ofAnyAge(record: PolicyRecord & { document?: string }): PolicyRecord {
	if (record.versions !== undefined) return record;
	const { policyName, document = "", creationDate, generationId } = record;
	return {
		policyName,
		creationDate,
		lastModifiedDate: creationDate,
		generationId,
		versions: [{ versionId: "1", document, creationDate }],
		defaultVersionId: "1",
		lastVersion: 1,
	};
}

function newVersion(versionId: string, document: unknown): PolicyVersion {
	if (typeof document !== "string")
		throw new ServiceError("InvalidRequestException", "policyDocument must be a string that holds a JSON document.");
	parsePolicyDocument(document);
	return { versionId, document, creationDate: seconds() };
}

function checkPolicyName(policyName: string): void {
	if (!policyNamePattern.test(policyName))
		throw new ServiceError("InvalidRequestException", "policyName must match [\\w+=,.@-]{1,128}.");
}
