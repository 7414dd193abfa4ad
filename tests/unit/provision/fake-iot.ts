// SPDX-License-Identifier: MIT
import { createHash, X509Certificate } from "node:crypto";
import type { IoTClient } from "@aws-sdk/client-iot";

type Input = Record<string, string | number | boolean | undefined>;

/** An error as the SDK throws it. */
export function awsError(name: string, httpStatusCode: number, details: object = {}): Error {
	return Object.assign(new Error(`${name} of the fake`), { name, $metadata: { httpStatusCode }, ...details });
}

/** An error as Node's sockets give it. */
export function networkError(code: string): Error {
	return Object.assign(new Error(`${code} of the fake`), { code });
}

const prefix = "arn:aws:iot:eu-west-1:123456789012";
const missing = () => awsError("ResourceNotFoundException", 404);
const conflict = () => awsError("DeleteConflictException", 409);
const exists = (details: object = {}) => awsError("ResourceAlreadyExistsException", 409, details);

interface Certificate {
	status: string;
	pem: string;
}

/** Called around each operation: before it has done anything, and before its answer goes out. May throw, or wait. */
export type Hook = (operation: string, phase: "before" | "after") => void | Promise<void>;

/** The part of AWS IoT's control plane that provisioning uses, in memory. */
export class FakeIot {
	readonly endpoint = "a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com";
	readonly certificates = new Map<string, Certificate>();
	readonly policies = new Map<string, string>();
	readonly things = new Map<string, { attributes: object; type?: string }>();
	/** Thing types that the account does not have are refused; undefined: it has all. */
	thingTypes: ReadonlySet<string> | undefined;
	/** `policy → arn` and `thing → arn`, as the operations attached them. */
	readonly attachedPolicies = new Set<string>();
	readonly attachedThings = new Map<string, string | undefined>();
	/** Every operation that changed something, as `Operation subject`. */
	readonly writes: string[] = [];
	/** Every operation that was asked for. */
	readonly calls: string[] = [];
	/** Operations that were refused, reads for what is not there excepted. */
	readonly refusals: string[] = [];
	hook: Hook = () => undefined;

	/** What IotApi takes. */
	get client(): Pick<IoTClient, "send"> {
		return {
			send: (command: { constructor: { name: string }; input: Input }) => this.#send(command),
		} as unknown as Pick<IoTClient, "send">;
	}

	arn(certificateId: string): string {
		return `${prefix}:cert/${certificateId}`;
	}

	/** All that is in the account, in an order that does not depend on how it came there. */
	get state(): object {
		const sorted = (items: Iterable<unknown>) => [...items].map(item => JSON.stringify(item)).sort();
		return {
			certificates: sorted([...this.certificates].map(([id, { status }]) => [id, status])),
			policies: sorted(this.policies),
			things: sorted(this.things),
			attachedPolicies: sorted(this.attachedPolicies),
			attachedThings: sorted(this.attachedThings),
		};
	}

	async #send({ constructor, input }: { constructor: { name: string }; input: Input }): Promise<object> {
		const operation = constructor.name.replace(/Command$/, "");
		this.calls.push(operation);
		await this.hook(operation, "before");
		let answer: object;
		try {
			answer = this.#run(operation, input);
		} catch (error) {
			if (!/^(Describe|Get|List)/.test(operation)) this.refusals.push(`${operation} ${(error as Error).name}`);
			throw error;
		}
		await this.hook(operation, "after");
		return answer;
	}

	#wrote(operation: string, subject: unknown): void {
		this.writes.push(`${operation} ${String(subject)}`);
	}

	#certificate(id: unknown): Certificate {
		const certificate = this.certificates.get(String(id));
		if (!certificate) throw missing();
		return certificate;
	}

	#run(operation: string, input: Input): object {
		const text = (name: string) => String(input[name]);
		switch (operation) {
			case "DescribeEndpoint":
				return { endpointAddress: this.endpoint };
			case "RegisterCertificateWithoutCA": {
				const id = createHash("sha256")
					.update(new X509Certificate(text("certificatePem")).raw)
					.digest("hex");
				if (this.certificates.has(id)) throw exists({ resourceId: id, resourceArn: this.arn(id) });
				this.certificates.set(id, { status: text("status"), pem: text("certificatePem") });
				this.#wrote(operation, id);
				return { certificateId: id, certificateArn: this.arn(id) };
			}
			case "DescribeCertificate": {
				const { status } = this.#certificate(input.certificateId);
				return { certificateDescription: { certificateArn: this.arn(text("certificateId")), status } };
			}
			case "ListCertificates": {
				const all = [...this.certificates].map(([id, { status }]) => ({
					certificateId: id,
					certificateArn: this.arn(id),
					status,
				}));
				const start = Number(input.marker ?? 0),
					end = start + Number(input.pageSize);
				return { certificates: all.slice(start, end), nextMarker: end < all.length ? String(end) : undefined };
			}
			case "UpdateCertificate":
				this.#certificate(input.certificateId).status = text("newStatus");
				this.#wrote(operation, `${input.certificateId} ${input.newStatus}`);
				return {};
			case "DeleteCertificate":
				this.#deleteCertificate(text("certificateId"));
				this.#wrote(operation, input.certificateId);
				return {};
			case "GetPolicy": {
				const policyDocument = this.policies.get(text("policyName"));
				if (policyDocument === undefined) throw missing();
				return { policyName: input.policyName, policyDocument, policyArn: `${prefix}:policy/${input.policyName}` };
			}
			case "CreatePolicy":
				if (this.policies.has(text("policyName"))) throw exists();
				this.policies.set(text("policyName"), text("policyDocument"));
				this.#wrote(operation, input.policyName);
				return {};
			case "DeletePolicy":
				if ([...this.attachedPolicies].some(pair => pair.startsWith(`${input.policyName} `))) throw conflict();
				this.policies.delete(text("policyName"));
				this.#wrote(operation, input.policyName);
				return {};
			case "AttachPolicy":
				if (!this.policies.has(text("policyName"))) throw missing();
				this.attachedPolicies.add(`${input.policyName} ${input.target}`);
				this.#wrote(operation, `${input.policyName} ${input.target}`);
				return {};
			case "DetachPolicy":
				this.attachedPolicies.delete(`${input.policyName} ${input.target}`);
				this.#wrote(operation, `${input.policyName} ${input.target}`);
				return {};
			case "ListAttachedPolicies":
				return { policies: this.#others(this.attachedPolicies, text("target")).map(policyName => ({ policyName })) };
			default:
				return this.#runOnThings(operation, input, text);
		}
	}

	#runOnThings(operation: string, input: Input, text: (name: string) => string): object {
		const pair = `${input.thingName} ${input.principal}`;
		switch (operation) {
			case "DescribeThing": {
				const thing = this.things.get(text("thingName"));
				if (!thing) throw missing();
				return { thingName: input.thingName, attributes: thing.attributes };
			}
			case "DescribeThingType":
				if (this.thingTypes?.has(text("thingTypeName")) === false) throw missing();
				return { thingTypeName: input.thingTypeName };
			case "CreateThing": {
				const { attributes } = input.attributePayload as unknown as { attributes: object };
				const thing = { attributes, type: input.thingTypeName as string | undefined };
				if (thing.type !== undefined && this.thingTypes?.has(thing.type) === false) throw missing();
				const present = this.things.get(text("thingName"));
				if (present && JSON.stringify(present) !== JSON.stringify(thing)) throw exists();
				this.things.set(text("thingName"), thing);
				this.#wrote(operation, input.thingName);
				return {};
			}
			case "UpdateThing": {
				const thing = this.things.get(text("thingName"));
				if (!thing) throw missing();
				const { attributes } = input.attributePayload as unknown as { attributes: object };
				thing.attributes = { ...thing.attributes, ...attributes };
				this.#wrote(operation, input.thingName);
				return {};
			}
			case "DeleteThing":
				if ([...this.attachedThings.keys()].some(attached => attached.startsWith(`${input.thingName} `)))
					throw awsError("InvalidRequestException", 400);
				this.things.delete(text("thingName"));
				this.#wrote(operation, input.thingName);
				return {};
			case "AttachThingPrincipal":
				if (!this.things.has(text("thingName"))) throw missing();
				this.attachedThings.set(pair, input.thingPrincipalType as string | undefined);
				this.#wrote(operation, pair);
				return {};
			case "DetachThingPrincipal":
				this.attachedThings.delete(pair);
				this.#wrote(operation, pair);
				return {};
			case "ListPrincipalThings":
				return { things: this.#others(this.attachedThings.keys(), text("principal")) };
			case "ListThingPrincipals":
				if (!this.things.has(text("thingName"))) throw missing();
				return {
					principals: [...this.attachedThings.keys()]
						.filter(attached => attached.startsWith(`${input.thingName} `))
						.map(attached => attached.split(" ")[1]),
				};
			default:
				throw new Error(`The fake has no ${operation}.`);
		}
	}

	#deleteCertificate(id: string): void {
		const { status } = this.#certificate(id);
		if (status === "ACTIVE") throw awsError("CertificateStateException", 406);
		if (this.#others([...this.attachedPolicies, ...this.attachedThings.keys()], this.arn(id)).length > 0)
			throw conflict();
		this.certificates.delete(id);
	}

	/** What is attached to an ARN. */
	#others(pairs: Iterable<string>, arn: string): string[] {
		return [...pairs]
			.map(pair => pair.split(" "))
			.filter(([, target]) => target === arn)
			.map(([other = ""]) => other);
	}
}
