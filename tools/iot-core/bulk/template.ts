// SPDX-License-Identifier: MIT
import { ServiceError } from "../errors.js";

/** The kinds of resources (developer guide, "Provisioning templates", "Resources section"). */
const resourceTypes = ["AWS::IoT::Thing", "AWS::IoT::Certificate", "AWS::IoT::Policy"] as const;
export type ResourceType = (typeof resourceTypes)[number];

/** The properties of each kind that are served (same page); others are refused, so that none is passed over in silence. */
const servedProperties: Readonly<Record<ResourceType, readonly string[]>> = {
	"AWS::IoT::Thing": ["ThingName", "ThingTypeName", "AttributePayload", "BillingGroup", "ThingGroups"],
	"AWS::IoT::Certificate": ["CertificateId", "Status"],
	"AWS::IoT::Policy": ["PolicyName", "PolicyDocument"],
};

/** Longest template, in characters (service model, TemplateBody). */
const maxLength = 10_240;

type JsonObject = Record<string, unknown>;

/** A resource of a template, with the parameters' values in place. */
export interface Resource {
	type: ResourceType;
	properties: JsonObject;
	overrides: JsonObject;
}

/** Values of a template's parameters. */
export type Parameters = Record<string, unknown>;

/** A provisioning template: parameters, and the resources that are made of their values. */
export class Template {
	readonly #defaults: Map<string, unknown>;
	readonly #resources: readonly Resource[];

	/** @throws ServiceError InvalidRequestException for a text that is not a template, or one that uses what is not served here */
	constructor(body: unknown) {
		if (typeof body !== "string" || body.length > maxLength)
			throw invalid(`it must be a string of at most ${maxLength} characters`);
		const { Parameters = {}, Resources } = asObject(parse(body), "it");
		this.#defaults = new Map(
			Object.entries(asObject(Parameters, "Parameters")).map(([name, value]) => [
				name,
				asObject(value, `Parameters.${name}`).Default,
			]),
		);
		this.#resources = Object.entries(asObject(Resources, "Resources")).map(([name, value]) =>
			readResource(value, `Resources.${name}`),
		);
		this.#resources.forEach(({ properties }) => this.#check(properties));
	}

	/** @throws ServiceError InvalidRequestException when a parameter has no value */
	resources(parameters: Parameters): Resource[] {
		return this.#resources.map(resource => ({
			...resource,
			properties: asObject(this.#resolve(resource.properties, parameters), "Properties"),
		}));
	}

	#resolve(value: unknown, parameters: Parameters): unknown {
		if (Array.isArray(value)) return value.map(item => this.#resolve(item, parameters));
		if (typeof value !== "object" || value === null) return value;
		if ("Ref" in value) return this.#value(String(value.Ref), parameters);
		if ("Fn::Join" in value) {
			const [separator, parts] = this.#resolve(value["Fn::Join"], parameters) as [string, string[]];
			return parts.join(separator);
		}
		return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#resolve(item, parameters)]));
	}

	#value(name: string, parameters: Parameters): unknown {
		const value = Object.hasOwn(parameters, name) ? parameters[name] : this.#defaults.get(name);
		if (typeof value !== "string")
			throw new ServiceError(
				"InvalidRequestException",
				`The parameter ${name} has no value, or a value that is not a string.`,
			);
		return value;
	}

	/** Every reference names a parameter, and every function is one that is known. */
	#check(value: unknown): void {
		if (typeof value !== "object" || value === null) return;
		for (const [name, item] of Object.entries(value)) {
			if (name === "Ref" && !this.#defaults.has(String(item)))
				throw invalid(`Ref names ${String(item)}, which is not a parameter`);
			if (name.startsWith("Fn::") && (name !== "Fn::Join" || !isJoin(item)))
				throw invalid(
					`${name} is not served here, or has not the form of one: use Ref, or Fn::Join with [separator, [parts]]`,
				);
			this.#check(item);
		}
	}
}

function isJoin(value: unknown): boolean {
	return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && Array.isArray(value[1]);
}

function readResource(value: unknown, where: string): Resource {
	const { Type, Properties = {}, OverrideSettings = {} } = asObject(value, where);
	const type = resourceTypes.find(known => known === Type);
	if (type === undefined) throw invalid(`${where}.Type must be one of ${resourceTypes.join(", ")}`);
	const unserved = Object.keys(asObject(Properties, `${where}.Properties`)).find(
		name => !servedProperties[type].includes(name),
	);
	if (unserved !== undefined)
		throw invalid(`${where}.Properties.${unserved} is not served here (served: ${servedProperties[type].join(", ")})`);
	return {
		type,
		properties: asObject(Properties, `${where}.Properties`),
		overrides: asObject(OverrideSettings, `${where}.OverrideSettings`),
	};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw invalid("it is not JSON");
	}
}

function asObject(value: unknown, where: string): JsonObject {
	if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(`${where} must be an object`);
	return value as JsonObject;
}

function invalid(reason: string): ServiceError {
	return new ServiceError("InvalidRequestException", `The provisioning template is invalid: ${reason}.`);
}
