// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";
import type { Registry } from "../registry/registry.js";
import type { Resource, ResourceType } from "./template.js";

/** ARNs of what a line of the input came to, by kind. */
export type ResourceArns = Partial<Record<"thing" | "certificate" | "policy", string>>;

/**
 * Makes what a template asks for: thing and policy, attached to a registered certificate, which then gets its status.
 * @throws ServiceError as the single operations do
 */
export function registerThing(registry: Registry, resources: readonly Resource[]): ResourceArns {
	const of = (type: ResourceType) => resources.filter(resource => resource.type === type);
	const certificates = of("AWS::IoT::Certificate").map(resource => ({
		resource,
		arn: findCertificate(registry, resource),
	}));
	const things = of("AWS::IoT::Thing").map(resource => makeThing(registry, resource));
	const policies = of("AWS::IoT::Policy").map(resource => makePolicy(registry, resource));
	for (const { arn } of certificates) {
		policies.forEach(name => registry.policies.attach(name, arn));
		things.forEach(name => registry.things.attach(name, arn));
	}
	certificates.forEach(({ resource }) => setStatus(registry, resource));
	const [thing] = things,
		[policy] = policies,
		[certificate] = certificates;
	return {
		...(thing !== undefined && { thing: registry.things.arn(thing) }),
		...(certificate !== undefined && { certificate: certificate.arn }),
		...(policy !== undefined && { policy: registry.policies.arn(policy) }),
	};
}

/** By its id only: without a registered CA, the bulk engine takes no other certificates. */
function findCertificate(registry: Registry, { properties: { CertificateId } }: Resource): string {
	if (typeof CertificateId !== "string")
		throw new ServiceError(
			"InvalidRequestException",
			"A certificate is named by its CertificateId here: certificates of registered CAs, and requests for new ones, are not served.",
		);
	return registry.certificateArn(registry.describeCertificate(CertificateId).certificateId);
}

/** What is there already with other properties is an error, unless OverrideSettings say otherwise. */
function makeThing(registry: Registry, resource: Resource): string {
	const name = makeOrUpdateThing(registry, resource);
	const { ThingGroups: groups = [] } = resource.properties;
	if (!Array.isArray(groups)) throw new ServiceError("InvalidRequestException", "ThingGroups must be a list of names.");
	joinGroups(registry, name, groups.map(String), resource.overrides.ThingGroups);
	return name;
}

/** FAIL, the default, is for a thing that is in other groups already (developer guide, "Provisioning templates"). */
function joinGroups({ thingGroups }: Registry, thingName: string, groups: readonly string[], override: unknown): void {
	const others = thingGroups.ofThing(thingName).filter(name => !groups.includes(name));
	if (groups.length === 0 || override === "DO_NOTHING") return;
	if (override === "REPLACE") for (const name of others) thingGroups.remove(name, thingName);
	else if (others.length > 0)
		throw new ServiceError("InvalidRequestException", `Thing ${thingName} is in other groups: ${others.join(", ")}.`);
	for (const name of groups) thingGroups.add(name, thingName);
}

function makeOrUpdateThing({ things }: Registry, { properties, overrides }: Resource): string {
	const { ThingName, ThingTypeName, AttributePayload, BillingGroup } = properties;
	const name = String(ThingName);
	const present = things.find(name);
	if (present === undefined || Object.keys(overrides).length === 0)
		return things.create(name, {
			thingTypeName: ThingTypeName,
			billingGroupName: BillingGroup,
			attributePayload: { attributes: AttributePayload ?? {} },
		}).thingName;
	const { AttributePayload: attributes, ThingTypeName: type } = overrides;
	const changes = {
		...((attributes === "REPLACE" || attributes === "MERGE") && {
			attributePayload: { attributes: AttributePayload ?? {}, merge: attributes === "MERGE" },
		}),
		...(type === "REPLACE" && { thingTypeName: ThingTypeName }),
	};
	if (Object.keys(changes).length > 0) things.update(name, changes);
	return name;
}

function makePolicy(registry: Registry, { properties: { PolicyName, PolicyDocument } }: Resource): string {
	const name = String(PolicyName);
	if (PolicyDocument === undefined) return registry.policies.get(name).policyName;
	return registry.policies.create(
		name,
		typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument),
	).policyName;
}

/** ACTIVE if the template says nothing (developer guide, "Certificate resources"). */
function setStatus(
	registry: Registry,
	{ properties: { CertificateId, Status = "ACTIVE" }, overrides }: Resource,
): void {
	if (overrides.Status !== "DO_NOTHING") registry.updateCertificate(String(CertificateId), Status);
}
