// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { ServiceError } from "../errors.js";
import { validityOf } from "../registry/certificate.js";
import type { CertificateRecord } from "../registry/entries.js";
import type { Registry } from "../registry/registry.js";
import type { Operation } from "./operation.js";
import { page, pageOf } from "./pagination.js";
import { taskOperations } from "./tasks.js";
import { thingOperations } from "./things.js";

/** The operations of the service model (botocore, `data/iot/2015-05-28/service-2.json`) that are served. */
export const servedOperations: readonly Operation[] = [
	{
		name: "RegisterCertificateWithoutCA",
		method: "POST",
		path: "/certificate/register-no-ca",
		run({ registry }, { body }) {
			const { certificateId } = registry.registerCertificateWithoutCA(body.certificatePem, body.status);
			return { certificateArn: registry.certificateArn(certificateId), certificateId };
		},
	},
	{
		name: "DescribeCertificate",
		method: "GET",
		path: "/certificates/{certificateId}",
		run({ registry }, call) {
			return { certificateDescription: describe(registry, registry.describeCertificate(call.label("certificateId"))) };
		},
	},
	{
		name: "ListCertificates",
		method: "GET",
		path: "/certificates",
		run({ registry }, { query }) {
			const { items, nextMarker } = page(registry.certificates(), record => record.certificateId, pageOf(query));
			return { certificates: items.map(record => summarise(registry, record)), nextMarker };
		},
	},
	{
		name: "UpdateCertificate",
		method: "PUT",
		path: "/certificates/{certificateId}",
		run({ registry }, call) {
			registry.updateCertificate(call.label("certificateId"), call.query.get("newStatus"));
			return undefined;
		},
	},
	{
		name: "DeleteCertificate",
		method: "DELETE",
		path: "/certificates/{certificateId}",
		run({ registry }, call) {
			registry.deleteCertificate(call.label("certificateId"), call.query.get("forceDelete") === "true");
			return undefined;
		},
	},
	{
		name: "CreatePolicy",
		method: "POST",
		path: "/policies/{policyName}",
		run({ registry }, call) {
			const { policyName, document } = registry.createPolicy(call.label("policyName"), call.body.policyDocument);
			return { policyName, policyArn: registry.policyArn(policyName), policyDocument: document, policyVersionId: "1" };
		},
	},
	{
		name: "GetPolicy",
		method: "GET",
		path: "/policies/{policyName}",
		run({ registry }, call) {
			const { policyName, document, creationDate, generationId } = registry.getPolicy(call.label("policyName"));
			return {
				policyName,
				policyArn: registry.policyArn(policyName),
				policyDocument: document,
				defaultVersionId: "1",
				creationDate,
				lastModifiedDate: creationDate,
				generationId,
			};
		},
	},
	{
		name: "ListPolicies",
		method: "GET",
		path: "/policies",
		run({ registry }, { query }) {
			const { items, nextMarker } = page(registry.policies(), record => record.policyName, pageOf(query));
			return { policies: items.map(({ policyName }) => policy(registry, policyName)), nextMarker };
		},
	},
	{
		name: "DeletePolicy",
		method: "DELETE",
		path: "/policies/{policyName}",
		run({ registry }, call) {
			registry.deletePolicy(call.label("policyName"));
			return undefined;
		},
	},
	{
		name: "AttachPolicy",
		method: "PUT",
		path: "/target-policies/{policyName}",
		run({ registry }, call) {
			registry.attachPolicy(call.label("policyName"), call.body.target);
			return undefined;
		},
	},
	{
		name: "DetachPolicy",
		method: "POST",
		path: "/target-policies/{policyName}",
		run({ registry }, call) {
			registry.detachPolicy(call.label("policyName"), call.body.target);
			return undefined;
		},
	},
	{
		name: "ListAttachedPolicies",
		method: "POST",
		path: "/attached-policies/{target}",
		run({ registry }, call) {
			const attached = registry.listAttachedPolicies(call.label("target"));
			const { items, nextMarker } = page(attached, record => record.policyName, pageOf(call.query));
			return { policies: items.map(({ policyName }) => policy(registry, policyName)), nextMarker };
		},
	},
	{
		name: "DescribeEndpoint",
		method: "GET",
		path: "/endpoint",
		run({ endpoint }, { query }) {
			const type = query.get("endpointType");
			if (type !== "iot:Data-ATS")
				throw new ServiceError(
					"InvalidRequestException",
					`endpointType ${type ?? "iot:Data (the default)"} is not served here: ask for iot:Data-ATS.`,
				);
			return { endpointAddress: endpoint };
		},
	},
	...thingOperations,
	...taskOperations,
];

function describe(registry: Registry, record: CertificateRecord): object {
	const { certificateId, pem, status, creationDate, lastModifiedDate, customerVersion, generationId } = record;
	return {
		certificateArn: registry.certificateArn(certificateId),
		certificateId,
		status,
		certificatePem: pem,
		ownedBy: registry.realm.account,
		creationDate,
		lastModifiedDate,
		customerVersion,
		generationId,
		validity: validityOf(new X509Certificate(pem)),
		certificateMode: "SNI_ONLY",
	};
}

function summarise(registry: Registry, { certificateId, status, creationDate }: CertificateRecord): object {
	return {
		certificateArn: registry.certificateArn(certificateId),
		certificateId,
		status,
		certificateMode: "SNI_ONLY",
		creationDate,
	};
}

function policy(registry: Registry, policyName: string): object {
	return { policyName, policyArn: registry.policyArn(policyName) };
}
