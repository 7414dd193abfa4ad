import { AttachPolicyCommand, CreatePolicyCommand, IoTClient, RegisterCertificateWithoutCACommand, ResourceAlreadyExistsException } from "@aws-sdk/client-iot";
import type { DeviceNames } from "../provision/identity.js";
import type { IotCore } from "../iot-core/core.js";

/** Least privilege in literals, as the provisioning tool writes it for a client id that is no thing's name. */
function policyDocument({ region, account }: IotCore, clientId: string, topic: string): string {
	const arn = (resource: string) => `arn:aws:iot:${region}:${account}:${resource}`;
	return JSON.stringify({
		Version: "2012-10-17",
		Statement: [
			{ Effect: "Allow", Action: "iot:Connect", Resource: arn(`client/${clientId}`) },
			{ Effect: "Allow", Action: ["iot:Publish", "iot:Receive"], Resource: arn(`topic/${topic}`) },
			{ Effect: "Allow", Action: "iot:Subscribe", Resource: arn(`topicfilter/${topic}`) },
		],
	});
}

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
 * Registers a device's certificate and attaches a policy of its own.
 * @param topic the only topic of the device
 * @returns the policy's document
 */
export async function register(core: IotCore, device: DeviceNames, certificatePem: string, topic: string): Promise<string> {
	const client = new IoTClient({ endpoint: core.controlUrl, region: core.region, credentials: { accessKeyId: "local", secretAccessKey: "local" } });
	const policyName = `advisor-${device.uid}`, document = policyDocument(core, device.clientId, topic);
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
