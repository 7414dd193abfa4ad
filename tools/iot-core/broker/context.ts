// SPDX-License-Identifier: MIT
import type { X509Certificate } from "node:crypto";
import { certificateVariables } from "../policy/certificate-variables.js";
import type { ConditionKeys } from "../policy/conditions.js";
import type { Variables } from "../policy/pattern.js";
import { readCertificateFields } from "../registry/certificate-fields.js";
import type { ConnectAttributes } from "./device-session.js";

/** What policies see of a device, apart from the action and the resource. */
export interface RequestContext {
	variables: Variables;
	conditionKeys: ConditionKeys;
}

/**
 * Collects the values of a device's policy variables and condition keys.
 * @param attributes what CONNECT brought, the last will's topic as an ARN
 * @param thing the values of the thing's variables, which may change while the device is connected
 */
export function requestContext(
	{ clientId, persistent, lastWillTopic }: ConnectAttributes,
	certificate: X509Certificate,
	sourceIp: string,
	thing: Variables,
): RequestContext {
	const values = new Map([
		["iot:ClientId", clientId],
		["aws:SourceIp", sourceIp],
		...certificateVariables(readCertificateFields(certificate.raw)),
	]);
	const connectAttributes = [
		...(persistent ? ["PersistentConnect"] : []),
		...(lastWillTopic === undefined ? [] : ["LastWill"]),
	];
	return {
		variables: name => values.get(name) ?? thing(name),
		conditionKeys(key) {
			if (key === "iot:ConnectAttributes") return connectAttributes;
			if (key === "iot:LastWillTopic") return lastWillTopic === undefined ? undefined : [lastWillTopic];
			const value = values.get(key) ?? thing(key);
			return value === undefined ? undefined : [value];
		},
	};
}
