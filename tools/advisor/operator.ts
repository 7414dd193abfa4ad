// SPDX-License-Identifier: MIT
import { IoTClient } from "@aws-sdk/client-iot";
import type { IotCore } from "../iot-core/core.js";
import {
	arnPrefix,
	defaultPolicyChoice,
	FleetPolicies,
	IotApi,
	type PolicyChoice,
	systemClock,
} from "../provision/account.js";
import type { DeviceNames } from "../provision/identity.js";

/** The policies that a device can be tested with: what `npm run provision` attaches, and what it attaches with `--try-out-policy`. */
export const policyChoices = {
	"least-privilege": defaultPolicyChoice,
	"try-out": { kind: "try-out" },
} as const satisfies Record<string, PolicyChoice>;

export type PolicyName = keyof typeof policyChoices;

/** Calls a second of one operation: the local control plane takes as many as come. */
const rate = 1_000;

/**
 * Provisions a device as `npm run provision` does: certificate, policy, thing.
 * @returns the documents of the policies that are attached to the certificate
 */
export async function register(
	core: IotCore,
	device: DeviceNames,
	certificatePem: string,
	policy: PolicyName,
): Promise<string[]> {
	const client = new IoTClient({
		endpoint: core.controlUrl,
		region: core.region,
		credentials: { accessKeyId: "local", secretAccessKey: "local" },
	});
	const api = new IotApi(client, { clock: systemClock, rate });
	try {
		const { arn } = await api.registerCertificate(certificatePem);
		await api.attachPolicy(await new FleetPolicies(api, policyChoices[policy]).ensure(device, arnPrefix(arn)), arn);
		await api.createThing({ name: device.thingName, attributes: { uid: device.uid } });
		await api.attachThing(device.thingName, arn);
		await api.updateCertificate(arn.split("/").at(-1) ?? "", "ACTIVE");
		const documents = await Promise.all((await api.attachedPolicies(arn)).map(name => api.policy(name)));
		return documents.flatMap(found => (found ? [found.document] : []));
	} finally {
		client.destroy();
	}
}
