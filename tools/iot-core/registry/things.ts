// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";

import { arn } from "../arn.js";
import { ServiceError } from "../errors.js";
import {
	type Entry,
	type ThingEntry,
	type ThingPrincipalType,
	type ThingRecord,
	thingPrincipalTypes,
} from "./entries.js";
import type { RegistryHost } from "./host.js";
import { checkExpectedVersion, matching, mergeAttributes, namePattern, readThing, readType } from "./thing-input.js";

/** What things need of the rest of the registry. */
export interface ThingsHost extends RegistryHost {
	/** @throws ServiceError when there is no such thing type, or no new thing may have it */
	checkType(thingTypeName: string): void;
	/** Takes a thing that is about to be deleted out of its groups. */
	leaveGroups(thingName: string): void;
}

/** What a thing and a principal are to each other. */
export interface Attachment {
	name: string;
	type: ThingPrincipalType;
}

type Attachments = Map<string, Map<string, ThingPrincipalType>>;

/** The account's things and what is attached to them. Methods throw ServiceError as AWS IoT's control plane does. */
export class Things {
	readonly #host: ThingsHost;
	readonly #things = new Map<string, ThingRecord>();
	readonly #principalsOf: Attachments = new Map();
	readonly #thingsOf: Attachments = new Map();

	constructor(host: ThingsHost) {
		this.#host = host;
	}

	get size(): number {
		return this.#things.size;
	}

	arn(thingName: string): string {
		return arn(this.#host.realm, "thing", thingName);
	}

	/** Creating what is there with the same type and attributes changes nothing. */
	create(thingName: string, input: Record<string, unknown>): ThingRecord {
		matching(thingName, namePattern, "thingName");
		const wanted = readThing(input);
		const present = this.#things.get(thingName);
		if (present === undefined) {
			if (wanted.thingTypeName !== undefined) this.#host.checkType(wanted.thingTypeName);
			const record: ThingRecord = { thingName, thingId: randomUUID(), ...wanted, version: 1 };
			this.#host.commit({ change: "thing", record });
			return record;
		}
		if (!sameThing(present, wanted))
			throw new ServiceError(
				"ResourceAlreadyExistsException",
				`Thing ${thingName} already exists in account ${this.#host.realm.account} with different tags, attributes or type`,
				{ resourceId: thingName, resourceArn: this.arn(thingName) },
			);
		return present;
	}

	describe(thingName: string): ThingRecord {
		matching(thingName, namePattern, "thingName");
		const record = this.#things.get(thingName);
		if (record === undefined)
			throw new ServiceError("ResourceNotFoundException", `Thing ${thingName} cannot be found.`);
		return record;
	}

	/** The thing, or undefined when there is none of this name. */
	find(thingName: string): ThingRecord | undefined {
		return this.#things.get(thingName);
	}

	/** All things, oldest first. */
	list(): ThingRecord[] {
		return [...this.#things.values()];
	}

	/** Replaces the attributes, or with `attributePayload.merge` adds to them; an attribute with an empty value goes. */
	update(thingName: string, input: Record<string, unknown>): void {
		const present = this.describe(thingName);
		checkExpectedVersion(`thing ${thingName}`, present.version, input.expectedVersion);
		const { thingTypeName = present.thingTypeName } = readType(input);
		if (input.thingTypeName !== undefined) this.#host.checkType(String(thingTypeName));
		if (input.removeThingType === true && input.thingTypeName !== undefined)
			throw new ServiceError("InvalidRequestException", "thingTypeName and removeThingType contradict each other.");
		const { thingTypeName: _, ...untyped } = present;
		const type = input.removeThingType === true ? undefined : thingTypeName;
		this.#host.commit({
			change: "thing",
			record: {
				...untyped,
				...(type !== undefined && { thingTypeName: type }),
				attributes:
					input.attributePayload === undefined
						? present.attributes
						: mergeAttributes(present.attributes, input.attributePayload, type !== undefined),
				version: present.version + 1,
			},
		});
		this.#host.changed(this.#principals(thingName).map(({ name }) => name));
	}

	/**
	 * Deleting what is not there succeeds (service model, DeleteThing).
	 * @throws ServiceError InvalidRequestException while a principal is attached
	 */
	delete(thingName: string, expectedVersion: unknown): void {
		matching(thingName, namePattern, "thingName");
		const present = this.#things.get(thingName);
		if (present === undefined) return;
		checkExpectedVersion(`thing ${thingName}`, present.version, expectedVersion);
		if (this.#principals(thingName).length > 0)
			throw new ServiceError(
				"InvalidRequestException",
				`Cannot delete. Thing ${thingName} is still attached to one or more principals`,
			);
		this.#host.leaveGroups(thingName);
		this.#host.commit({ change: "thing-deleted", thingName });
	}

	/** Attaching what is attached in the same way changes nothing. */
	attach(thingName: string, principal: unknown, type: unknown = "NON_EXCLUSIVE_THING"): void {
		const wanted = thingPrincipalTypes.find(value => value === type);
		if (wanted === undefined)
			throw new ServiceError(
				"InvalidRequestException",
				`thingPrincipalType must be one of ${thingPrincipalTypes.join(", ")}.`,
			);
		this.describe(thingName);
		const target = this.#host.principalArn(principal);
		if (this.#thingsOf.get(target)?.get(thingName) === wanted) return;
		this.#checkExclusive(thingName, target, wanted);
		this.#host.commit({ change: "principal-attached", thingName, principal: target, type: wanted });
		this.#host.changed([target]);
	}

	/** Detaching what is not attached changes nothing. */
	detach(thingName: string, principal: unknown): void {
		this.describe(thingName);
		const target = this.#host.principalArn(principal);
		if (!this.#thingsOf.get(target)?.has(thingName)) return;
		this.#host.commit({ change: "principal-detached", thingName, principal: target });
		this.#host.changed([target]);
	}

	/** Principals of a thing, in the order of attaching. */
	principalsOf(thingName: string): Attachment[] {
		this.describe(thingName);
		return this.#principals(thingName);
	}

	/** Names of the things that a principal is attached to, in the order of attaching. */
	thingsOf(principal: unknown): Attachment[] {
		return attachments(this.#thingsOf, this.#host.principalArn(principal));
	}

	/** ARNs of the certificates that are attached to a thing. */
	certificatesOf(thingName: string): string[] {
		return this.#principals(thingName).map(({ name }) => name);
	}

	/** Names of the things that a certificate is attached to. */
	namesOf(principal: string): string[] {
		return [...(this.#thingsOf.get(principal)?.keys() ?? [])];
	}

	/** Whether any thing has this type. */
	hasType(thingTypeName: string): boolean {
		return this.list().some(thing => thing.thingTypeName === thingTypeName);
	}

	/** Whether anything is attached to a principal, which may be gone. */
	hasThing(principal: string): boolean {
		return this.#thingsOf.has(principal);
	}

	/**
	 * The thing that a connection is of: the principal's exclusive thing, or one that has the client id for its name
	 * and is attached to the principal.
	 */
	ofConnection(principal: string, clientId: string): ThingRecord | undefined {
		const exclusive = this.exclusiveOf(principal);
		if (exclusive !== undefined) return exclusive;
		return this.#thingsOf.get(principal)?.has(clientId) ? this.#things.get(clientId) : undefined;
	}

	/** The principal's exclusive thing. */
	exclusiveOf(principal: string): ThingRecord | undefined {
		const exclusive = [...(this.#thingsOf.get(principal) ?? [])].find(([, type]) => type === "EXCLUSIVE_THING");
		return exclusive && this.#things.get(exclusive[0]);
	}

	apply(entry: Entry): void {
		switch (entry.change) {
			case "thing":
				this.#things.set(entry.record.thingName, entry.record);
				return;
			case "thing-deleted":
				this.#things.delete(entry.thingName);
				return;
			case "principal-attached":
				connect(this.#principalsOf, entry.thingName, entry.principal, entry.type);
				connect(this.#thingsOf, entry.principal, entry.thingName, entry.type);
				return;
			case "principal-detached":
				disconnect(this.#principalsOf, entry.thingName, entry.principal);
				disconnect(this.#thingsOf, entry.principal, entry.thingName);
				return;
		}
	}

	/** The changes that make what there is. */
	*snapshot(): Generator<ThingEntry> {
		for (const record of this.#things.values()) yield { change: "thing", record };
		for (const [thingName, principals] of this.#principalsOf)
			for (const [principal, type] of principals) yield { change: "principal-attached", thingName, principal, type };
	}

	#principals(thingName: string): Attachment[] {
		return attachments(this.#principalsOf, thingName);
	}

	/** An exclusive thing is the only one of its principal (developer guide, "Associating an AWS IoT thing to an MQTT client connection"). */
	#checkExclusive(thingName: string, principal: string, wanted: ThingPrincipalType): void {
		const others = attachments(this.#thingsOf, principal).filter(({ name }) => name !== thingName);
		const exclusive = others.find(({ type }) => type === "EXCLUSIVE_THING");
		if (exclusive !== undefined)
			throw new ServiceError(
				"InvalidRequestException",
				`The principal is attached exclusively to thing ${exclusive.name}: detach it from there first.`,
			);
		if (wanted === "EXCLUSIVE_THING" && others.length > 0)
			throw new ServiceError(
				"InvalidRequestException",
				`The principal is attached to other things, so that ${thingName} cannot be its exclusive one.`,
			);
	}
}

function sameThing(present: ThingRecord, { thingTypeName, attributes }: ReturnType<typeof readThing>): boolean {
	const names = Object.keys(attributes);
	return (
		present.thingTypeName === thingTypeName &&
		names.length === Object.keys(present.attributes).length &&
		names.every(name => present.attributes[name] === attributes[name])
	);
}

function attachments(map: Attachments, key: string): Attachment[] {
	return [...(map.get(key) ?? [])].map(([name, type]) => ({ name, type }));
}

function connect(map: Attachments, key: string, other: string, type: ThingPrincipalType): void {
	map.set(key, (map.get(key) ?? new Map<string, ThingPrincipalType>()).set(other, type));
}

function disconnect(map: Attachments, key: string, other: string): void {
	const attached = map.get(key);
	attached?.delete(other);
	if (attached?.size === 0) map.delete(key);
}
