import { AttachPolicyCommand, CreatePolicyCommand, IoTClient, RegisterCertificateWithoutCACommand, ResourceAlreadyExistsException } from "@aws-sdk/client-iot";
import { policyOf } from "../provision/policy.js";
import type { DeviceNames } from "../provision/identity.js";
import type { IotCore } from "../iot-core/core.js";

/** Runs a creation; what is there already stays as it is. */
async function create(send: () => Promise<unknown>): Promise<void> {
	try {
		await send();
	}
	catch (error) {
		if (!(error instanceof ResourceAlreadyExistsException))
			throw error;
	}
}

/**
 * Registers a device's certificate and attaches the policy that the provisioning tool gives it: least privilege.
 * @param topic the only topic of the device
 * @returns the policy's document
 */
export async function register(core: IotCore, device: DeviceNames, certificatePem: string, topic: string): Promise<string> {
	const client = new IoTClient({ endpoint: core.controlUrl, region: core.region, credentials: { accessKeyId: "local", secretAccessKey: "local" } });
	const { name: policyName, document } = policyOf({ kind: "thing", topics: [topic] }, device, `arn:aws:iot:${core.region}:${core.account}`);
	if (document === undefined)
		throw new Error(`The policy ${policyName} has no document.`);
	try {
		let target: string | undefined;
		await create(() => client.send(new CreatePolicyCommand({ policyName, policyDocument: document })));
		try {
			({ certificateArn: target } = await client.send(new RegisterCertificateWithoutCACommand({ certificatePem, status: "ACTIVE" })));
		}
		catch (error) {
			if (!(error instanceof ResourceAlreadyExistsException))
				throw error;
			target = error.resourceArn;
		}
		await client.send(new AttachPolicyCommand({ policyName, target }));
		return document;
	}
	finally {
		client.destroy();
	}
}
