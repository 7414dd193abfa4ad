// SPDX-License-Identifier: MIT
import type { PolicyRecord, PolicyVersion } from "../registry/entries.js";
import { defaultDocument, type Policies } from "../registry/policies.js";
import { readTags } from "../registry/tags.js";
import type { Operation } from "./operation.js";
import { page, pageOf } from "./pagination.js";

/** Headers of the principal-policy operations, which AWS keeps for old clients (service model). */
const principalHeader = "x-amzn-iot-principal",
	policyHeader = "x-amzn-iot-policy";

/** The operations on policies, their versions, and what they are attached to. */
export const policyOperations: readonly Operation[] = [
	{
		name: "CreatePolicy",
		method: "POST",
		path: "/policies/{policyName}",
		run({ registry: { policies, tags } }, { label, body }) {
			const wanted = readTags(body.tags);
			const record = policies.create(label("policyName"), body.policyDocument);
			if (Object.keys(wanted).length > 0) tags.add(policies.arn(record.policyName), body.tags);
			return {
				...summarise(policies, record),
				policyDocument: defaultDocument(record),
				policyVersionId: record.defaultVersionId,
			};
		},
	},
	{
		name: "GetPolicy",
		method: "GET",
		path: "/policies/{policyName}",
		run({ registry: { policies } }, { label }) {
			const record = policies.get(label("policyName"));
			const { defaultVersionId, creationDate, lastModifiedDate, generationId } = record;
			return {
				...summarise(policies, record),
				policyDocument: defaultDocument(record),
				defaultVersionId,
				creationDate,
				lastModifiedDate,
				generationId,
			};
		},
	},
	{
		name: "ListPolicies",
		method: "GET",
		path: "/policies",
		run({ registry: { policies } }, { query }) {
			const { items, nextMarker } = page(policies.list(), record => record.policyName, pageOf(query));
			return { policies: items.map(record => summarise(policies, record)), nextMarker };
		},
	},
	{
		name: "DeletePolicy",
		method: "DELETE",
		path: "/policies/{policyName}",
		run({ registry: { policies, tags } }, { label }) {
			policies.delete(label("policyName"));
			tags.forget(policies.arn(label("policyName")));
			return undefined;
		},
	},
	{
		name: "CreatePolicyVersion",
		method: "POST",
		path: "/policies/{policyName}/version",
		run({ registry: { policies } }, { label, query, body }) {
			const version = policies.createVersion(
				label("policyName"),
				body.policyDocument,
				query.get("setAsDefault") === "true",
			);
			const { policyArn } = summarise(policies, policies.get(label("policyName")));
			return { policyArn, policyDocument: version.document, ...ofVersion(policies.get(label("policyName")), version) };
		},
	},
	{
		name: "ListPolicyVersions",
		method: "GET",
		path: "/policies/{policyName}/version",
		run({ registry: { policies } }, { label }) {
			const record = policies.get(label("policyName"));
			const versions = record.versions.map(version => {
				const { policyVersionId: versionId, isDefaultVersion } = ofVersion(record, version);
				return { versionId, isDefaultVersion, createDate: version.creationDate };
			});
			return { policyVersions: versions.reverse() };
		},
	},
	{
		name: "GetPolicyVersion",
		method: "GET",
		path: "/policies/{policyName}/version/{policyVersionId}",
		run({ registry: { policies } }, { label }) {
			const record = policies.get(label("policyName"));
			const version = policies.version(record.policyName, label("policyVersionId"));
			return {
				...summarise(policies, record),
				policyDocument: version.document,
				...ofVersion(record, version),
				creationDate: version.creationDate,
				lastModifiedDate: version.creationDate,
				generationId: record.generationId,
			};
		},
	},
	{
		name: "SetDefaultPolicyVersion",
		method: "PATCH",
		path: "/policies/{policyName}/version/{policyVersionId}",
		run({ registry: { policies } }, { label }) {
			policies.setDefaultVersion(label("policyName"), label("policyVersionId"));
			return undefined;
		},
	},
	{
		name: "DeletePolicyVersion",
		method: "DELETE",
		path: "/policies/{policyName}/version/{policyVersionId}",
		run({ registry: { policies } }, { label }) {
			policies.deleteVersion(label("policyName"), label("policyVersionId"));
			return undefined;
		},
	},
	{
		name: "AttachPolicy",
		method: "PUT",
		path: "/target-policies/{policyName}",
		run({ registry: { policies } }, { label, body }) {
			policies.attach(label("policyName"), body.target);
			return undefined;
		},
	},
	{
		name: "DetachPolicy",
		method: "POST",
		path: "/target-policies/{policyName}",
		run({ registry: { policies } }, { label, body }) {
			policies.detach(label("policyName"), body.target);
			return undefined;
		},
	},
	{
		name: "ListAttachedPolicies",
		method: "POST",
		path: "/attached-policies/{target}",
		run({ registry }, { label, query }) {
			const attached = registry.attachedPolicies(label("target"), query.get("recursive") === "true");
			const { items, nextMarker } = page(attached, record => record.policyName, pageOf(query));
			return { policies: items.map(record => summarise(registry.policies, record)), nextMarker };
		},
	},
	{
		name: "ListTargetsForPolicy",
		method: "POST",
		path: "/policy-targets/{policyName}",
		run({ registry: { policies } }, { label, query }) {
			const { items, nextMarker } = page(policies.targetsOf(label("policyName")), target => target, pageOf(query));
			return { targets: items, nextMarker };
		},
	},
	{
		name: "AttachPrincipalPolicy",
		method: "PUT",
		path: "/principal-policies/{policyName}",
		run({ registry: { policies } }, { label, header }) {
			policies.attach(label("policyName"), header(principalHeader));
			return undefined;
		},
	},
	{
		name: "DetachPrincipalPolicy",
		method: "DELETE",
		path: "/principal-policies/{policyName}",
		run({ registry: { policies } }, { label, header }) {
			policies.detach(label("policyName"), header(principalHeader));
			return undefined;
		},
	},
	{
		name: "ListPrincipalPolicies",
		method: "GET",
		path: "/principal-policies",
		run({ registry: { policies } }, { header, query }) {
			const attached = policies.attachedTo(header(principalHeader));
			const { items, nextMarker } = page(attached, record => record.policyName, pageOf(query));
			return { policies: items.map(record => summarise(policies, record)), nextMarker };
		},
	},
	// A policy that does not exist has no principals here, but is not found by ListTargetsForPolicy.
	{
		name: "ListPolicyPrincipals",
		method: "GET",
		path: "/policy-principals",
		run({ registry: { policies } }, { header, query }) {
			const policyName = header(policyHeader) ?? "";
			const targets = policies.has(policyName) ? policies.targetsOf(policyName) : [];
			const certificates = targets.filter(target => target.includes(":cert/"));
			const { items, nextMarker } = page(certificates, target => target, pageOf(query));
			return { principals: items, nextMarker };
		},
	},
];

function summarise(policies: Policies, { policyName }: PolicyRecord): { policyName: string; policyArn: string } {
	return { policyName, policyArn: policies.arn(policyName) };
}

function ofVersion({ defaultVersionId }: PolicyRecord, { versionId }: PolicyVersion) {
	return { policyVersionId: versionId, isDefaultVersion: versionId === defaultVersionId };
}
