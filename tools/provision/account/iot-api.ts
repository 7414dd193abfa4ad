// SPDX-License-Identifier: MIT
import {
	AttachPolicyCommand,
	AttachThingPrincipalCommand,
	CreatePolicyCommand,
	CreateThingCommand,
	DeleteCertificateCommand,
	DeletePolicyCommand,
	DeleteThingCommand,
	DescribeCertificateCommand,
	DescribeEndpointCommand,
	DescribeThingCommand,
	DescribeThingTypeCommand,
	DetachPolicyCommand,
	DetachThingPrincipalCommand,
	GetPolicyCommand,
	type IoTClient,
	ListAttachedPoliciesCommand,
	ListCertificatesCommand,
	ListPrincipalThingsCommand,
	ListThingPrincipalsCommand,
	RegisterCertificateWithoutCACommand,
	type ThingPrincipalType,
	UpdateCertificateCommand,
	UpdateThingCommand,
} from "@aws-sdk/client-iot";
import { printable } from "../../lib/printable.js";
import { Caller, type CallerOptions } from "./caller.js";
import { CallRefusal, RunError } from "./service-errors.js";

/** A certificate as the account has it. */
export interface RegisteredCertificate {
	id: string;
	arn: string;
	/** AWS's CertificateStatus. */
	status: string;
}

export interface Thing {
	name: string;
	attributes: Readonly<Record<string, string>>;
}

/**
 * How long deleting may be refused because of what was detached before, in milliseconds: AWS documents up to five
 * minutes (API reference, DeletePolicy), and DetachThingPrincipal as asynchronous.
 */
const detachTime = 360_000;

/** Most items of a page (service model, PageSize). */
const pageSize = 250;

const isRefusal = (error: unknown, name: string): error is CallRefusal =>
	error instanceof CallRefusal && error.errorName === name;

/** The operations of AWS IoT's control plane that provisioning needs, at their rates and repeated where that helps. */
export class IotApi {
	readonly #client: Pick<IoTClient, "send">;
	readonly #caller: Caller;

	constructor(client: Pick<IoTClient, "send">, options: CallerOptions) {
		this.#client = client;
		this.#caller = new Caller(options);
	}

	get caller(): Caller {
		return this.#caller;
	}

	/** Name of the account's device endpoint with a certificate of Amazon Trust Services. */
	async endpoint(): Promise<string> {
		const { endpointAddress = "" } = await this.#caller.call("DescribeEndpoint", () =>
			this.#client.send(new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" })),
		);
		return checkedHostName(endpointAddress);
	}

	// certificates

	/**
	 * Registers a certificate, INACTIVE.
	 * @returns its ARN, and whether it was there already
	 */
	async registerCertificate(certificatePem: string): Promise<{ arn: string; existed: boolean }> {
		try {
			const { certificateArn = "" } = await this.#caller.call("RegisterCertificateWithoutCA", () =>
				this.#client.send(new RegisterCertificateWithoutCACommand({ certificatePem, status: "INACTIVE" })),
			);
			return { arn: certificateArn, existed: false };
		} catch (error) {
			if (!isRefusal(error, "ResourceAlreadyExistsException")) throw error;
			return { arn: error.resourceArn ?? "", existed: true };
		}
	}

	/** The certificate, or undefined when the account does not have it. */
	async describeCertificate(certificateId: string): Promise<RegisteredCertificate | undefined> {
		const answer = await this.#unlessMissing(() =>
			this.#caller.call("DescribeCertificate", () =>
				this.#client.send(new DescribeCertificateCommand({ certificateId })),
			),
		);
		const { certificateArn = "", status = "" } = answer?.certificateDescription ?? {};
		return answer && { id: certificateId, arn: certificateArn, status };
	}

	/** All certificates of the account in this region. */
	async *listCertificates(): AsyncGenerator<RegisteredCertificate> {
		for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
			const page = await this.#caller.call("ListCertificates", () =>
				this.#client.send(new ListCertificatesCommand({ pageSize, marker, ascendingOrder: true })),
			);
			for (const { certificateId = "", certificateArn = "", status = "" } of page.certificates ?? [])
				yield { id: certificateId, arn: certificateArn, status };
			marker = page.nextMarker;
		}
	}

	async updateCertificate(certificateId: string, newStatus: "ACTIVE" | "INACTIVE"): Promise<void> {
		await this.#caller.call("UpdateCertificate", () =>
			this.#client.send(new UpdateCertificateCommand({ certificateId, newStatus })),
		);
	}

	/** Returns when the certificate is gone. */
	async deleteCertificate(certificateId: string): Promise<void> {
		await this.#unlessMissing(() =>
			this.#caller.call("DeleteCertificate", () => this.#client.send(new DeleteCertificateCommand({ certificateId })), {
				waitOut: { error: "DeleteConflictException", milliseconds: detachTime },
			}),
		);
	}

	// policies

	/** A policy's document and ARN, or undefined when the account has none of this name. */
	async policy(policyName: string): Promise<{ document: string; arn: string } | undefined> {
		const answer = await this.#unlessMissing(() =>
			this.#caller.call("GetPolicy", () => this.#client.send(new GetPolicyCommand({ policyName }))),
		);
		return answer && { document: decodeDocument(answer.policyDocument ?? ""), arn: answer.policyArn ?? "" };
	}

	/** Returns also when a policy of this name is there: another program was faster. */
	async createPolicy(policyName: string, policyDocument: string): Promise<void> {
		await this.#unless("ResourceAlreadyExistsException", () =>
			this.#caller.call("CreatePolicy", () =>
				this.#client.send(new CreatePolicyCommand({ policyName, policyDocument })),
			),
		);
	}

	async deletePolicy(policyName: string): Promise<void> {
		await this.#unlessMissing(() =>
			this.#caller.call("DeletePolicy", () => this.#client.send(new DeletePolicyCommand({ policyName })), {
				waitOut: { error: "DeleteConflictException", milliseconds: detachTime },
			}),
		);
	}

	async attachPolicy(policyName: string, target: string): Promise<void> {
		await this.#caller.call("AttachPolicy", () => this.#client.send(new AttachPolicyCommand({ policyName, target })));
	}

	async detachPolicy(policyName: string, target: string): Promise<void> {
		await this.#caller.call("DetachPolicy", () => this.#client.send(new DetachPolicyCommand({ policyName, target })));
	}

	/** Names of the policies that are attached to a certificate: AWS allows ten, which is one page. */
	async attachedPolicies(target: string): Promise<string[]> {
		const { policies = [] } = await this.#caller.call("ListAttachedPolicies", () =>
			this.#client.send(new ListAttachedPoliciesCommand({ target, pageSize })),
		);
		return policies.map(({ policyName = "" }) => policyName);
	}

	// things

	async hasThingType(thingTypeName: string): Promise<boolean> {
		const answer = await this.#unlessMissing(() =>
			this.#caller.call("DescribeThingType", () => this.#client.send(new DescribeThingTypeCommand({ thingTypeName }))),
		);
		return answer !== undefined;
	}

	async describeThing(thingName: string): Promise<Thing | undefined> {
		const answer = await this.#unlessMissing(() =>
			this.#caller.call("DescribeThing", () => this.#client.send(new DescribeThingCommand({ thingName }))),
		);
		return answer && { name: thingName, attributes: answer.attributes ?? {} };
	}

	/** @returns false when a thing of this name exists with other attributes or another type; AWS accepts the same twice */
	async createThing({ name, attributes }: Thing, thingTypeName?: string): Promise<boolean> {
		const answer = await this.#unless("ResourceAlreadyExistsException", () =>
			this.#caller.call("CreateThing", () =>
				this.#client.send(new CreateThingCommand({ thingName: name, attributePayload: { attributes }, thingTypeName })),
			),
		);
		return answer !== undefined;
	}

	/** Sets attributes of a thing; others stay. */
	async updateThing({ name, attributes }: Thing): Promise<void> {
		await this.#caller.call("UpdateThing", () =>
			this.#client.send(new UpdateThingCommand({ thingName: name, attributePayload: { attributes, merge: true } })),
		);
	}

	/** Returns when the thing is gone. */
	async deleteThing(thingName: string): Promise<void> {
		await this.#unlessMissing(() =>
			this.#caller.call("DeleteThing", () => this.#client.send(new DeleteThingCommand({ thingName })), {
				waitOut: { error: "InvalidRequestException", milliseconds: detachTime },
			}),
		);
	}

	async attachThing(thingName: string, principal: string, thingPrincipalType?: ThingPrincipalType): Promise<void> {
		await this.#caller.call("AttachThingPrincipal", () =>
			this.#client.send(new AttachThingPrincipalCommand({ thingName, principal, thingPrincipalType })),
		);
	}

	async detachThing(thingName: string, principal: string): Promise<void> {
		await this.#unlessMissing(() =>
			this.#caller.call("DetachThingPrincipal", () =>
				this.#client.send(new DetachThingPrincipalCommand({ thingName, principal })),
			),
		);
	}

	/** Names of the things that a certificate is attached to: the first page, which is enough to see whether it is one. */
	async thingsOf(principal: string): Promise<string[]> {
		const { things = [] } = await this.#caller.call("ListPrincipalThings", () =>
			this.#client.send(new ListPrincipalThingsCommand({ principal, maxResults: pageSize })),
		);
		return things;
	}

	/** ARNs of a thing's certificates: its first page. */
	async principalsOf(thingName: string): Promise<string[]> {
		const answer = await this.#unlessMissing(() =>
			this.#caller.call("ListThingPrincipals", () =>
				this.#client.send(new ListThingPrincipalsCommand({ thingName, maxResults: pageSize })),
			),
		);
		return answer?.principals ?? [];
	}

	#unlessMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
		return this.#unless("ResourceNotFoundException", call);
	}

	async #unless<T>(name: string, call: () => Promise<T>): Promise<T | undefined> {
		try {
			return await call();
		} catch (error) {
			if (isRefusal(error, name)) return undefined;
			throw error;
		}
	}
}

/** AWS returns policy documents as they were given; some tools percent-encode them first. */
function decodeDocument(document: string): string {
	return document.startsWith("%7B") ? decodeURIComponent(document) : document;
}

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const hostName = new RegExp(`^${label}(\\.${label})+$`, "i");

/**
 * A host name (RFC 1123, 2.1) in lower case: it becomes a file name, and part of a command line for the person.
 * @throws RunError
 */
function checkedHostName(text: string): string {
	if (text.length <= 253 && hostName.test(text)) return text.toLowerCase();
	throw new RunError(
		`The control plane answered DescribeEndpoint with "${printable(text.slice(0, 100))}", which is not a host name. Check AWS_ENDPOINT_URL_IOT: is it an AWS IoT control plane?`,
	);
}
