// SPDX-License-Identifier: MIT
import { IoTClient } from "@aws-sdk/client-iot";

/** How an account is reached; what is not given is taken from the environment and ~/.aws, as every AWS tool does. */
export interface ClientOptions {
	region?: string;
	profile?: string;
	endpointUrl?: string;
}

/** Milliseconds until a connection stands, and until an answer has come. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 30_000 } as const;

/** AWS IoT's control plane. It repeats nothing on its own: `Caller` does, at the operation's rate. */
export function createClient({ region, profile, endpointUrl }: ClientOptions, concurrency: number): IoTClient {
	// The SDK's notice that it will want a newer Node some day is not for this program's users.
	process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
	if (profile !== undefined) process.env.AWS_PROFILE = profile;
	return new IoTClient({
		...(region !== undefined && { region }),
		...(endpointUrl !== undefined && { endpoint: endpointUrl }),
		maxAttempts: 1,
		requestHandler: { ...timeouts, httpAgent: { maxSockets: concurrency }, httpsAgent: { maxSockets: concurrency } },
	});
}
