// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { ServiceError } from "../errors.js";
import { validityOf } from "../registry/certificate.js";
import type { CertificateRecord } from "../registry/entries.js";
import type { Registry } from "../registry/registry.js";
import { dataOperations } from "./data.js";
import type { Operation } from "./operation.js";
import { page, pageOf } from "./pagination.js";
import { policyOperations } from "./policies.js";
import { tagOperations } from "./tags.js";
import { taskOperations } from "./tasks.js";
import { thingGroupOperations } from "./thing-groups.js";
import { thingTypeOperations } from "./thing-types.js";
import { thingOperations } from "./things.js";

/** Why the other types of endpoints have no meaning here. */
const endpointReasons: Readonly<Record<string, string>> = {
	"iot:Data": ": it is the legacy endpoint, with a certificate that devices with Amazon's root CAs do not trust",
	"iot:Data-Beta": ": it is the legacy endpoint's trial",
	"iot:Jobs": ": jobs are not served",
	"iot:CredentialProvider": ": credentials are not provided",
};

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
		name: "CreateKeysAndCertificate",
		method: "POST",
		path: "/keys-and-certificate",
		async run({ registry, issuer }, { query }) {
			const { certificate, publicKey, privateKey } = await (await issuer()).keysAndCertificate();
			const record = registry.registerCertificateWithoutCA(certificate, activation(query), "DEFAULT");
			return { ...created(registry, record), keyPair: { PublicKey: publicKey, PrivateKey: privateKey } };
		},
	},
	{
		name: "CreateCertificateFromCsr",
		method: "POST",
		path: "/certificates",
		async run({ registry, issuer }, { query, body }) {
			const certificate = await (await issuer()).certificateFor(body.certificateSigningRequest);
			return created(registry, registry.registerCertificateWithoutCA(certificate, activation(query), "DEFAULT"));
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
		name: "DescribeEndpoint",
		method: "GET",
		path: "/endpoint",
		run({ endpoint }, { query }) {
			const type = query.get("endpointType");
			if (type !== "iot:Data-ATS")
				throw new ServiceError(
					"InvalidRequestException",
					`endpointType ${type ?? "iot:Data (the default)"} is not served here${endpointReasons[type ?? "iot:Data"] ?? ""}. Use iot:Data-ATS.`,
				);
			return { endpointAddress: endpoint };
		},
	},
	...policyOperations,
	...thingOperations,
	...thingTypeOperations,
	...thingGroupOperations,
	...tagOperations,
	...taskOperations,
	...dataOperations,
];

function activation(query: URLSearchParams): "ACTIVE" | "INACTIVE" {
	return query.get("setAsActive") === "true" ? "ACTIVE" : "INACTIVE";
}

function created(registry: Registry, { certificateId, pem }: CertificateRecord): object {
	return { certificateArn: registry.certificateArn(certificateId), certificateId, certificatePem: pem };
}

function describe(registry: Registry, record: CertificateRecord): object {
	const { certificateId, pem, status, creationDate, lastModifiedDate, customerVersion, generationId, mode } = record;
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
		certificateMode: mode ?? "SNI_ONLY",
	};
}

function summarise(registry: Registry, { certificateId, status, creationDate, mode }: CertificateRecord): object {
	return {
		certificateArn: registry.certificateArn(certificateId),
		certificateId,
		status,
		certificateMode: mode ?? "SNI_ONLY",
		creationDate,
	};
}
