// SPDX-License-Identifier: MIT
/** An answer to a request of an AWS IoT service that is not served here. */
export interface ServiceRefusal {
	/** The topic on which the service reports what it refuses. */
	topic: string;
	/** JSON, in the service's own form. */
	payload: string;
	reason: string;
}

interface Service {
	name: string;
	/** Topics that devices publish requests to. */
	requests: RegExp;
	/** The error's members (developer guide, "Shadow error messages", "Jobs device MQTT API", "Device provisioning MQTT API"). */
	error(message: string): object;
}

/** "Not implemented", where a service uses the codes of HTTP. */
const notImplemented = 501;

/** Services with request topics below `$aws/` (developer guide, "Reserved topics"). */
const services: readonly Service[] = [
	{
		name: "Device Shadow",
		requests: /^\$aws\/things\/[^/]+\/shadow\/(name\/[^/]+\/)?(get|update|delete)$/,
		error: message => ({ code: notImplemented, message }),
	},
	{
		name: "Jobs",
		requests: /^\$aws\/things\/[^/]+\/jobs\/(get|start-next|[^/]+\/(get|update))$/,
		error: message => ({ code: "InvalidTopic", message }),
	},
	{
		name: "fleet provisioning",
		requests: /^\$aws\/(certificates\/create(-from-csr)?|provisioning-templates\/[^/]+\/provision)\/(json|cbor)$/,
		error: message => ({ statusCode: notImplemented, errorCode: "NotImplemented", errorMessage: message }),
	},
];

/**
 * The answer to a request of a service that is not served here, on the topic where the device expects to read why;
 * undefined for other topics.
 */
export function serviceRefusal(topic: string, request: Buffer): ServiceRefusal | undefined {
	const service = topic.startsWith("$aws/") ? services.find(({ requests }) => requests.test(topic)) : undefined;
	if (service === undefined) return undefined;
	const reason = `${service.name} is not served by this local AWS IoT Core`;
	const error = { ...service.error(`${reason}.`), ...clientTokenOf(request), timestamp: Math.floor(Date.now() / 1000) };
	return { topic: `${topic}/rejected`, payload: JSON.stringify(error), reason };
}

/** `clientToken` is echoed, so that the device finds its request again. */
function clientTokenOf(request: Buffer): { clientToken?: string } {
	try {
		const { clientToken } = JSON.parse(request.toString("utf8")) as { clientToken?: unknown };
		return typeof clientToken === "string" ? { clientToken } : {};
	} catch {
		return {};
	}
}
