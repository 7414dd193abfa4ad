// SPDX-License-Identifier: MIT
import { IoTClient } from "@aws-sdk/client-iot";
import { addShortPath } from "./short-path.js";

/** How an account is reached; what is not given is taken from the environment and ~/.aws, as every AWS tool does. */
export interface AccountClientOptions {
	region?: string;
	profile?: string;
	endpointUrl?: string;
}

/** Milliseconds until a connection stands, and until an answer begins; as long may it stand still on its way. */
const defaultTimeouts = { connectionTimeout: 5_000, requestTimeout: 30_000 } as const;

/** The SDK for JavaScript does not read AWS_DEFAULT_REGION, which the AWS CLI and boto3 do. */
function regionOf(
	{ region }: AccountClientOptions,
	{ AWS_REGION, AWS_DEFAULT_REGION }: NodeJS.ProcessEnv,
): string | undefined {
	return region || AWS_REGION || AWS_DEFAULT_REGION || undefined;
}

/** A profile of the command line wins over credentials of the environment, as with the AWS CLI. */
function useProfile(profile: string): void {
	process.env.AWS_PROFILE = profile;
	for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) delete process.env[name];
}

/** AWS IoT's control plane. It repeats nothing on its own: `Caller` does, at the operation's rate. */
export function createClient(
	options: AccountClientOptions,
	concurrency: number,
	timeouts: { connectionTimeout: number; requestTimeout: number } = defaultTimeouts,
): IoTClient {
	// The SDK's notice that it will need a newer Node some day is not for this program's users.
	process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
	const { profile, endpointUrl } = options;
	if (profile !== undefined) useProfile(profile);
	const region = regionOf(options, process.env);
	const client = new IoTClient({
		...(region !== undefined && { region }),
		...(endpointUrl !== undefined && { endpoint: endpointUrl }),
		maxAttempts: 1,
		cacheMiddleware: true,
		requestHandler: {
			...timeouts,
			socketTimeout: timeouts.requestTimeout, // requestTimeout ends with the answer's head
			throwOnRequestTimeout: true,
			httpAgent: { maxSockets: concurrency },
			httpsAgent: { maxSockets: concurrency },
		},
	});
	addShortPath(client);
	noteHost(client);
	return client;
}

/** How much the service's clock is ahead of this machine's, in milliseconds, as the SDK has seen it in the answers so far. */
export function clockOffset(client: IoTClient): number {
	return client.config.systemClockOffset;
}

/** The hosts of the clients' first calls. */
const hosts = new WeakMap<IoTClient, string>();

function noteHost(client: IoTClient): void {
	client.middlewareStack.add(
		next => async args => {
			hosts.set(client, (args.request as { hostname: string }).hostname);
			return next(args);
		},
		{ name: "noteHostMiddleware", step: "deserialize" },
	);
}

/** Whether a client calls AWS, and not a control plane that an option, the environment or a profile names. @throws Error before its first call */
export function isAws(client: IoTClient): boolean {
	const host = hosts.get(client);
	if (host === undefined) throw new Error("The client has made no call.");
	return /\.amazonaws\.com(\.cn)?$/.test(host);
}
