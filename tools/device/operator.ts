// SPDX-License-Identifier: MIT
import { createHash, X509Certificate } from "node:crypto";
import {
	AttachPolicyCommand,
	AttachThingPrincipalCommand,
	CreatePolicyCommand,
	CreateThingCommand,
	DescribeEndpointCommand,
	DetachThingPrincipalCommand,
	IoTClient,
	ListCertificatesCommand,
	ListPoliciesCommand,
	ListThingPrincipalsCommand,
	RegisterCertificateWithoutCACommand,
	ResourceAlreadyExistsException,
} from "@aws-sdk/client-iot";

export interface OperatorPolicy {
	name: string;
	document: object;
}

/** The policy of a try-out, as the product's origin has it: every MQTT action on everything. */
const tryOutPolicy = {
	name: "moddable-se050-try-out",
	document: {
		Version: "2012-10-17",
		Statement: [
			{ Effect: "Allow", Action: ["iot:Connect", "iot:Publish", "iot:Receive", "iot:Subscribe"], Resource: "*" },
		],
	},
} as const;

/** Lower-case hexadecimal SHA-256 of the DER: AWS IoT's certificateId. */
export function certificateId(pem: string): string {
	return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}

/** What an operator does once a device, with AWS' own SDK: register the certificate, attach a policy. */
export class Operator {
	readonly #client: IoTClient;
	/** ARNs of the account's certificates, by certificate id, once they were asked for. */
	#registered: Promise<Map<string, string>> | undefined;

	readonly #policy: OperatorPolicy;

	/**
	 * @param endpoint URL of the control plane
	 * @param policy what certificates get
	 */
	constructor(endpoint: string, region: string, policy: OperatorPolicy = tryOutPolicy) {
		this.#policy = policy;
		this.#client = new IoTClient({ endpoint, region, credentials: { accessKeyId: "local", secretAccessKey: "local" } });
	}

	/** Creates the policy if the account does not have it. */
	async createPolicy(): Promise<void> {
		const { name, document } = this.#policy;
		const { policies = [] } = await this.#client.send(new ListPoliciesCommand({ pageSize: 250 }));
		if (!policies.some(({ policyName }) => policyName === name))
			await this.#client.send(new CreatePolicyCommand({ policyName: name, policyDocument: JSON.stringify(document) }));
	}

	/**
	 * Registers a chip's certificate without its CA, ACTIVE, and attaches the policy.
	 * @returns true when the certificate was new to the account
	 */
	async register(pem: string): Promise<boolean> {
		const { target, created } = await this.#certificate(pem);
		await this.#client.send(new AttachPolicyCommand({ policyName: this.#policy.name, target }));
		return created;
	}

	/** Makes a thing, and its only certificate a registered one: a chip that was replaced leaves its thing to the new one. */
	async nameThing(thingName: string, pem: string): Promise<void> {
		const { target } = await this.#certificate(pem);
		await this.#client.send(new CreateThingCommand({ thingName }));
		const { principals = [] } = await this.#client.send(new ListThingPrincipalsCommand({ thingName }));
		for (const principal of principals.filter(other => other !== target))
			await this.#client.send(new DetachThingPrincipalCommand({ thingName, principal }));
		if (target === undefined || principals.includes(target)) return;
		await this.#client.send(new AttachThingPrincipalCommand({ thingName, principal: target }));
	}

	/** The account's endpoint for devices (iot:Data-ATS). */
	async endpoint(): Promise<string> {
		const { endpointAddress = "" } = await this.#client.send(
			new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
		);
		return endpointAddress;
	}

	close(): void {
		this.#client.destroy();
	}

	/** The ARN of a registered certificate, and whether it was registered just now. */
	async #certificate(pem: string): Promise<{ target: string | undefined; created: boolean }> {
		this.#registered ??= this.#list();
		const registered = await this.#registered,
			id = certificateId(pem);
		const known = registered.get(id);
		if (known !== undefined) return { target: known, created: false };
		try {
			const { certificateArn } = await this.#client.send(
				new RegisterCertificateWithoutCACommand({ certificatePem: pem, status: "ACTIVE" }),
			);
			if (certificateArn !== undefined) registered.set(id, certificateArn);
			return { target: certificateArn, created: true };
		} catch (error) {
			if (!(error instanceof ResourceAlreadyExistsException)) throw error;
			return { target: error.resourceArn, created: false };
		}
	}

	async #list(): Promise<Map<string, string>> {
		const found = new Map<string, string>();
		for (let marker: string | undefined, first = true; first || marker !== undefined; first = false) {
			const page = await this.#client.send(new ListCertificatesCommand({ pageSize: 250, marker }));
			for (const { certificateId: id, certificateArn } of page.certificates ?? [])
				if (id !== undefined && certificateArn !== undefined) found.set(id, certificateArn);
			marker = page.nextMarker;
		}
		return found;
	}
}
