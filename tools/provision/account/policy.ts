// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { printable } from "../../lib/printable.js";
import type { DeviceNames } from "../identity.js";
import type { IotApi } from "./iot-api.js";
import { RunError } from "./service-errors.js";

/** Where an account's resources are: `arn:<partition>:iot:<region>:<account>`. */
export type ArnPrefix = string;

/** The prefix of an ARN. @throws RunError for anything but an ARN of AWS IoT */
export function arnPrefix(arn: string): ArnPrefix {
	const prefix = /^arn:aws[a-z-]*:iot:[a-z0-9-]+:\d+(?=:)/.exec(arn)?.[0];
	if (prefix === undefined)
		throw new RunError(
			`AWS IoT gave "${printable(arn.slice(0, 200))}" where an ARN was expected: is AWS_ENDPOINT_URL_IOT an AWS IoT control plane?`,
		);
	return prefix;
}

/** Stands for the thing's name in a topic that the operator gives. */
export const thingPlaceholder = "{thing}";
/** The topic of a device, if the operator names none. */
export const defaultTopic = `dev/${thingPlaceholder}/echo`;
/** Longest document, in characters without white space (AWS IoT quotas, "Policy document size"). */
const maximumLength = 2048;

/** What a device may do. */
export type PolicyChoice =
	/** Connect as itself, and publish to and receive from these topics: nothing else. */
	| { kind: "thing"; topics: readonly string[] }
	/** The try-out policy of the product's origin: everything on everything. */
	| { kind: "try-out" }
	/** A policy that the account has, attached as it is. */
	| { kind: "existing"; name: string };

/** What a device may do if the operator says nothing. */
export const defaultPolicyChoice: PolicyChoice = { kind: "thing", topics: [defaultTopic] };

interface Policy {
	name: string;
	/** Undefined for one that this program does not create. */
	document?: string;
}

const thingVariable = "${iot:Connection.Thing.ThingName}";
const names = { prefix: "moddable-se050", tryOut: "moddable-se050-try-out" } as const;

const tryOutDocument = {
	Version: "2012-10-17",
	Statement: [
		{ Effect: "Allow", Action: ["iot:Connect", "iot:Publish", "iot:Receive", "iot:Subscribe"], Resource: "*" },
	],
};

interface Subject {
	clientId: string;
	thingName: string;
	/** The connection must be of a thing that the certificate is attached to. */
	attached: boolean;
}

/** Least privilege: no wildcard; each statement names what it is about (developer guide, "Thing policy variables"). */
function leastPrivilege(
	prefix: ArnPrefix,
	{ clientId, thingName, attached }: Subject,
	topics: readonly string[],
): object {
	const resources = (kind: string) =>
		topics.map(topic => `${prefix}:${kind}/${topic.replaceAll(thingPlaceholder, thingName)}`);
	const condition = attached ? { Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } } } : {};
	return {
		Version: "2012-10-17",
		Statement: [
			{ Effect: "Allow", Action: "iot:Connect", Resource: `${prefix}:client/${clientId}`, ...condition },
			{ Effect: "Allow", Action: ["iot:Publish", "iot:Receive"], Resource: resources("topic") },
			{ Effect: "Allow", Action: "iot:Subscribe", Resource: resources("topicfilter") },
		],
	};
}

/** A policy is never changed: other topics make another name. */
function named(label: string, document: (prefix: ArnPrefix) => object, prefix: ArnPrefix): Policy {
	const digest = createHash("sha256")
		.update(JSON.stringify(document("arn")))
		.digest("hex");
	return { name: `${names.prefix}-${label}-${digest.slice(0, 8)}`, document: JSON.stringify(document(prefix)) };
}

/**
 * The policy of a device. One serves the whole fleet as long as a device's client id is its thing's name, which is
 * what `iot:Connection.Thing.ThingName` takes; a client id in base64 with `+` or `/` cannot be that, and is written
 * down in a policy of the device's own.
 */
export function policyOf(choice: PolicyChoice, { clientId, thingName }: DeviceNames, prefix: ArnPrefix): Policy {
	if (choice.kind === "existing") return { name: choice.name };
	if (choice.kind === "try-out") return { name: names.tryOut, document: JSON.stringify(tryOutDocument) };
	const { topics } = choice;
	if (clientId === thingName)
		return named(
			"thing",
			arn => leastPrivilege(arn, { clientId: thingVariable, thingName: thingVariable, attached: true }, topics),
			prefix,
		);
	return named(thingName, arn => leastPrivilege(arn, { clientId, thingName, attached: false }, topics), prefix);
}

/** True for a policy of one device only, which goes when the device goes. */
export function isOwnPolicy(name: string, { clientId, thingName }: DeviceNames): boolean {
	return clientId !== thingName && name.startsWith(`${names.prefix}-${thingName}-`);
}

/**
 * Checks topics as an operator gives them.
 * @throws RunError for one that no device could publish to, or a document that AWS would not take
 */
export function checkTopics(topics: readonly string[]): void {
	const wrong = topics.find(topic => topic === "" || /[+#*?$\s]/.test(topic) || Buffer.byteLength(topic) > 256);
	if (wrong !== undefined)
		throw new RunError(
			`"${wrong}" is not a topic for a least-privilege policy: 1 to 256 bytes without + # * ? $ and spaces; ${thingPlaceholder} stands for the thing's name.`,
		);
	const longest = { clientId: thingVariable, thingName: thingVariable, attached: true };
	const { length } = JSON.stringify(
		leastPrivilege("arn:aws-us-gov:iot:ap-northeast-1:123456789012", longest, topics),
	).replace(/\s/g, "");
	if (length > maximumLength)
		throw new RunError(
			`With ${topics.length} topics the policy has ${length} characters; AWS IoT takes ${maximumLength}. Give fewer, or a policy of your own with --existing-policy.`,
		);
}

/** The account's policies: made when a device first needs one. */
export class FleetPolicies {
	readonly #api: IotApi;
	readonly #choice: PolicyChoice;
	readonly #onCreated: (name: string) => void;
	/** Name of the policy that all devices share, once the account has it. */
	#shared: Promise<string> | undefined;

	constructor(api: IotApi, choice: PolicyChoice, onCreated: (name: string) => void = () => undefined) {
		this.#api = api;
		this.#choice = choice;
		this.#onCreated = onCreated;
	}

	/**
	 * Looks at the fleet's policy before the first device is worked on; creates nothing.
	 * @throws RunError when it is to exist and does not, or has another document
	 */
	async check(): Promise<void> {
		const { name } = policyOf(this.#choice, anyDevice, "arn");
		const present = await this.#api.policy(name);
		if (!present && this.#choice.kind === "existing") throw missingPolicy(name);
		if (present && this.#choice.kind !== "existing")
			checkDocument(policyOf(this.#choice, anyDevice, arnPrefix(present.arn)), present.document);
	}

	/** Makes sure that the account has the device's policy. @returns its name */
	async ensure(device: DeviceNames, prefix: ArnPrefix): Promise<string> {
		const isShared = this.#choice.kind !== "thing" || device.clientId === device.thingName;
		const ensured = () => this.#ensure(policyOf(this.#choice, device, prefix));
		return isShared ? (this.#shared ??= ensured()) : ensured();
	}

	async #ensure(policy: Policy): Promise<string> {
		const { name, document } = policy;
		const present = await this.#api.policy(name);
		if (present) checkDocument(policy, present.document);
		else if (document === undefined) throw missingPolicy(name);
		else {
			await this.#api.createPolicy(name, document);
			this.#onCreated(name);
		}
		return name;
	}
}

/** Stands forevery device that shares the fleet's policy. */
const anyDevice: DeviceNames = { uid: "", clientId: "", thingName: "" };

const missingPolicy = (name: string) =>
	new RunError(`The account has no policy ${name}: create it, or leave --existing-policy out.`);

function checkDocument({ name, document }: Policy, present: string): void {
	if (document === undefined || sameJson(present, document)) return;
	throw new RunError(
		`The account's policy ${name} has another document than this program gives it: somebody has changed it. Attach it as it is with --existing-policy ${name}, or delete it.`,
	);
}

function sameJson(one: string, other: string): boolean {
	try {
		return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
	} catch {
		return false;
	}
}
