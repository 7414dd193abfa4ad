// SPDX-License-Identifier: MIT
import { closeSync, openSync, writeSync } from "node:fs";
import { RunError } from "./account/service-errors.js";
import type { ChipCertificate } from "./certificate.js";
import type { DeviceNames } from "./identity.js";
import { ownerAttribute } from "./ownership.js";

/** Longest `templateBody`, in characters (service model, StartThingRegistrationTask). */
const maximumTemplateLength = 10_240;

/**
 * The template of AWS's bulk engine (developer guide, "Provisioning templates"). The certificate is one that is
 * registered: the engine takes certificates without a registered CA by their id only.
 * @param policyName a policy of the account
 */
export function bulkTemplate(policyName: string, thingType?: string): string {
	const parameter = (name: string) => ({ Ref: name });
	const template = JSON.stringify(
		{
			Parameters: { ThingName: { Type: "String" }, CertificateId: { Type: "String" }, Uid: { Type: "String" } },
			Resources: {
				thing: {
					Type: "AWS::IoT::Thing",
					Properties: {
						ThingName: parameter("ThingName"),
						AttributePayload: { uid: parameter("Uid"), [ownerAttribute]: parameter("CertificateId") },
						...(thingType !== undefined && { ThingTypeName: thingType }),
					},
				},
				certificate: {
					Type: "AWS::IoT::Certificate",
					Properties: { CertificateId: parameter("CertificateId"), Status: "ACTIVE" },
					OverrideSettings: { Status: "REPLACE" },
				},
				policy: { Type: "AWS::IoT::Policy", Properties: { PolicyName: policyName } },
			},
		},
		null,
		"\t",
	);
	if (template.length > maximumTemplateLength)
		throw new RunError(`The template has ${template.length} characters; AWS IoT takes ${maximumTemplateLength}.`);
	return `${template}\n`;
}

/** The task's input: the parameters of one device a line. */
export class BulkInput {
	readonly #fd: number;

	/** Replaces a file that is there. */
	constructor(path: string) {
		this.#fd = openSync(path, "w", 0o600);
	}

	write({ id, uid }: ChipCertificate, { thingName }: DeviceNames): void {
		writeSync(this.#fd, `${JSON.stringify({ ThingName: thingName, CertificateId: id, Uid: uid })}\n`);
	}

	close(): void {
		closeSync(this.#fd);
	}
}
