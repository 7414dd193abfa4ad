// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";

import { arn, resourceOf } from "../arn.js";
import { ServiceError } from "../errors.js";
import type { Entry, ThingGroupRecord } from "./entries.js";
import { type RegistryHost, seconds } from "./host.js";
import {
	checkExpectedVersion,
	descriptionOf,
	matching,
	mergeAttributes,
	namePattern,
	requireObject,
} from "./thing-input.js";

/** Groups of a thing, and levels of groups (AWS IoT quotas, "Thing group limits"). */
const maxGroupsPerThing = 10,
	maxDepth = 7;

/** What thing groups need of the rest of the registry. */
export interface ThingGroupsHost extends RegistryHost {
	/** @throws ServiceError ResourceNotFoundException when there is no such thing */
	checkThing(thingName: string): void;
	/** The certificates that are attached to a thing. */
	certificatesOfThing(thingName: string): Iterable<string>;
	/** Detaches the policies of a group that is about to be deleted. */
	detachPolicies(groupArn: string): void;
}

/** The account's static thing groups. Methods throw ServiceError as AWS IoT does. */
export class ThingGroups {
	readonly #host: ThingGroupsHost;
	readonly #groups = new Map<string, ThingGroupRecord>();
	/** Things of each group, and groups of each thing. */
	readonly #members = new Map<string, Set<string>>();
	readonly #groupsOf = new Map<string, Set<string>>();

	constructor(host: ThingGroupsHost) {
		this.#host = host;
	}

	/** Groups and memberships, for the length of the journal. */
	get size(): number {
		return this.#groups.size + this.#groupsOf.size;
	}

	arn(groupName: string): string {
		return arn(this.#host.realm, "thinggroup", groupName);
	}

	/** Creating what is there with the same properties changes nothing. */
	create(groupName: string, { parentGroupName, thingGroupProperties }: Record<string, unknown>): ThingGroupRecord {
		matching(groupName, namePattern, "thingGroupName");
		const parent = parentGroupName === undefined ? undefined : this.describe(String(parentGroupName)).groupName;
		const wanted = { ...readProperties(thingGroupProperties, {}), ...(parent !== undefined && { parent }) };
		const present = this.#groups.get(groupName);
		if (present !== undefined) {
			if (same(present, wanted)) return present;
			throw new ServiceError(
				"ResourceAlreadyExistsException",
				`Thing group ${groupName} already exists with different properties`,
				{ resourceId: groupName, resourceArn: this.arn(groupName) },
			);
		}
		if (parent !== undefined && this.ancestors(parent).length + 2 > maxDepth)
			throw new ServiceError("InvalidRequestException", `Thing groups have at most ${maxDepth} levels.`);
		const record = { groupName, groupId: randomUUID(), ...wanted, version: 1, creationDate: seconds() };
		this.#host.commit({ change: "thing-group", record });
		return record;
	}

	describe(groupName: string): ThingGroupRecord {
		matching(groupName, namePattern, "thingGroupName");
		const record = this.#groups.get(groupName);
		if (record === undefined)
			throw new ServiceError("ResourceNotFoundException", `Thing group ${groupName} does not exist.`);
		return record;
	}

	/** All groups, oldest first. */
	list(): ThingGroupRecord[] {
		return [...this.#groups.values()];
	}

	/** The groups above a group, its parent first. */
	ancestors(groupName: string): ThingGroupRecord[] {
		const above: ThingGroupRecord[] = [];
		for (let name = this.#groups.get(groupName)?.parent; name !== undefined; ) {
			const record = this.#groups.get(name);
			if (record === undefined) break;
			above.push(record);
			name = record.parent;
		}
		return above;
	}

	/** @returns the new version */
	update(groupName: string, { thingGroupProperties, expectedVersion }: Record<string, unknown>): number {
		const present = this.describe(groupName);
		checkExpectedVersion(`thing group ${groupName}`, present.version, expectedVersion);
		const record = {
			...present,
			...readProperties(thingGroupProperties, present.attributes),
			version: present.version + 1,
		};
		this.#host.commit({ change: "thing-group", record });
		return record.version;
	}

	/** Deleting what is not there succeeds (service model, DeleteThingGroup). Its things leave it. */
	delete(groupName: string, expectedVersion: unknown): void {
		matching(groupName, namePattern, "thingGroupName");
		const record = this.#groups.get(groupName);
		if (record === undefined) return;
		checkExpectedVersion(`thing group ${groupName}`, record.version, expectedVersion);
		if (this.list().some(({ parent }) => parent === groupName))
			throw new ServiceError("InvalidRequestException", `Cannot delete thing group ${groupName}: it has child groups.`);
		const affected = [...this.certificatesOf(groupName)];
		this.#host.detachPolicies(this.arn(groupName));
		for (const thingName of this.things(groupName)) this.#host.commit({ change: "group-left", groupName, thingName });
		this.#host.commit({ change: "thing-group-deleted", groupName });
		this.#host.changed(affected);
	}

	/** The group of a request, named or by its ARN. */
	named({ thingGroupName, thingGroupArn }: Record<string, unknown>): string {
		const name = thingGroupName ?? resourceOf(this.#host.realm, "thinggroup", String(thingGroupArn));
		return this.describe(String(name ?? thingGroupArn)).groupName;
	}

	/** Adding what is there changes nothing. */
	add(groupName: string, thingName: string): void {
		this.describe(groupName);
		this.#host.checkThing(thingName);
		const present = this.ofThing(thingName);
		if (present.includes(groupName)) return;
		if (present.length >= maxGroupsPerThing)
			throw new ServiceError("InvalidRequestException", `A thing is in at most ${maxGroupsPerThing} groups.`);
		this.#host.commit({ change: "group-joined", groupName, thingName });
		this.#host.changed(this.#host.certificatesOfThing(thingName));
	}

	/** Removing what is not there changes nothing. */
	remove(groupName: string, thingName: string): void {
		this.describe(groupName);
		this.#host.checkThing(thingName);
		if (!this.ofThing(thingName).includes(groupName)) return;
		this.#host.commit({ change: "group-left", groupName, thingName });
		this.#host.changed(this.#host.certificatesOfThing(thingName));
	}

	/** Takes a thing that is about to be deleted out of its groups. */
	forget(thingName: string): void {
		for (const groupName of this.ofThing(thingName)) this.#host.commit({ change: "group-left", groupName, thingName });
	}

	/** Things of a group, in the order of joining; with `recursive`, those of the groups below it too. */
	things(groupName: string, recursive = false): string[] {
		const own = [...(this.#members.get(groupName) ?? [])];
		const below = recursive ? this.list().filter(({ parent }) => parent === groupName) : [];
		return [...new Set([...own, ...below.flatMap(({ groupName: name }) => this.things(name, true))])];
	}

	/** Groups that a thing was added to. */
	ofThing(thingName: string): string[] {
		return [...(this.#groupsOf.get(thingName) ?? [])];
	}

	/** ARNs of the groups whose policies are for a thing: those that it is in, and all above them. */
	arnsOfThing(thingName: string): string[] {
		return this.ofThing(thingName).flatMap(name => [
			this.arn(name),
			...this.ancestors(name).map(({ groupName }) => this.arn(groupName)),
		]);
	}

	/** The certificates that the policies of a group are for. */
	*certificatesOf(groupName: string): Generator<string> {
		for (const thingName of this.things(groupName, true)) yield* this.#host.certificatesOfThing(thingName);
	}

	apply(entry: Entry): void {
		switch (entry.change) {
			case "thing-group":
				this.#groups.set(entry.record.groupName, entry.record);
				return;
			case "thing-group-deleted":
				this.#groups.delete(entry.groupName);
				return;
			case "group-joined":
				add(this.#members, entry.groupName, entry.thingName);
				add(this.#groupsOf, entry.thingName, entry.groupName);
				return;
			case "group-left":
				remove(this.#members, entry.groupName, entry.thingName);
				remove(this.#groupsOf, entry.thingName, entry.groupName);
				return;
		}
	}

	/** The changes that make what there is. */
	*snapshot(): Generator<Entry> {
		for (const record of this.#groups.values()) yield { change: "thing-group", record };
		for (const [groupName, things] of this.#members)
			for (const thingName of things) yield { change: "group-joined", groupName, thingName };
	}
}

function readProperties(
	value: unknown,
	present: Record<string, string>,
): Pick<ThingGroupRecord, "description" | "attributes"> {
	const { thingGroupDescription, attributePayload } = requireObject(value ?? {}, "thingGroupProperties");
	return {
		description: descriptionOf(thingGroupDescription, "thingGroupDescription"),
		attributes: attributePayload === undefined ? present : mergeAttributes(present, attributePayload, true),
	};
}

function same(
	present: ThingGroupRecord,
	wanted: Pick<ThingGroupRecord, "description" | "attributes" | "parent">,
): boolean {
	const of = ({ description, attributes, parent }: typeof wanted) =>
		JSON.stringify([description, Object.entries(attributes).sort(), parent ?? null]);
	return of(present) === of(wanted);
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
	map.set(key, (map.get(key) ?? new Set()).add(value));
}

function remove(map: Map<string, Set<string>>, key: string, value: string): void {
	const values = map.get(key);
	values?.delete(value);
	if (values?.size === 0) map.delete(key);
}
