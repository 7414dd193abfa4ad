// SPDX-License-Identifier: MIT
import type { IoTClient } from "@aws-sdk/client-iot";

type OperationContext = Parameters<Parameters<IoTClient["middlewareStack"]["add"]>[0]>[1];
type AuthScheme = NonNullable<NonNullable<OperationContext["__smithy_context"]>["selectedHttpAuthScheme"]>;
type HttpRequest = Parameters<AuthScheme["signer"]["sign"]>[0];

interface HttpResponse {
	statusCode: number;
}

/** The part of the SDK that makes requests of inputs, and outputs or exceptions of responses. */
interface Protocol {
	serializeRequest(operation: object, input: object, context: object): Promise<HttpRequest>;
	deserializeResponse(operation: object, context: object, response: HttpResponse): Promise<{ $metadata: object }>;
}

interface CallError extends Error {
	$metadata?: { httpStatusCode?: number };
}

/** What the SDK resolved in an operation's first call, and would resolve again in each further one. */
interface Resolved {
	operation: object;
	/** The client's configuration and the operation's context, as `Protocol` takes them. */
	context: object;
	/** Headers that do not depend on the input. */
	headers: Readonly<Record<string, string>>;
	scheme: AuthScheme;
}

/** Headers that the SDK makes again for each request, and always the same; in its order. */
const constantHeaders = ["x-amz-user-agent", "user-agent", "host"] as const;

/** Undefined when the SDK has not left all that the short path needs: then it has no short path. */
function resolved({ config }: IoTClient, context: OperationContext, first?: HttpRequest): Resolved | undefined {
	const { endpointV2, __smithy_context: { selectedHttpAuthScheme: scheme, operationSchema } = {} } = context;
	if (!first || !endpointV2 || !scheme || !Array.isArray(operationSchema)) return undefined;
	const [, namespace, name, traits, input, output] = operationSchema as unknown[];
	return {
		operation: { namespace, name, traits, input, output },
		context: { ...config, ...context, endpoint: async () => endpointV2 },
		headers: Object.fromEntries(constantHeaders.map(header => [header, first.headers[header] ?? ""])),
		scheme,
	};
}

/** A call by the SDK's serializer, signer, connections and exceptions, without its middleware between them. */
async function callShort({ config }: IoTClient, { operation, context, headers, scheme }: Resolved, input: object) {
	const protocol: Protocol = config.protocol;
	const { signer, identity, httpAuthOption } = scheme;
	const properties = { ...httpAuthOption.signingProperties }; // the signer notes in it when it signed
	const request = await protocol.serializeRequest(operation, input, context);
	if (request.body) request.headers["content-length"] = String(config.bodyLengthChecker(request.body));
	Object.assign(request.headers, headers);
	const signed = await signer.sign(request, identity, properties);
	let response: HttpResponse | undefined;
	try {
		({ response } = await config.requestHandler.handle(signed));
		const output = await protocol.deserializeResponse(operation, context, response as HttpResponse);
		signer.successHandler?.(response, properties);
		return { response, output };
	} catch (thrown) {
		const error = thrown as CallError;
		if (response) {
			error.$metadata ??= { httpStatusCode: response.statusCode };
			Object.defineProperty(error, "$response", { value: response });
		}
		signer.errorHandler?.(properties)(error); // corrects the clock by the response's date
		throw error;
	}
}

/**
 * Makes a client's calls cheap. The first call of an operation goes through all of the SDK's middleware, which is most
 * of a call's cost; what it resolved (endpoint, authentication scheme, user agent) serves the further ones. The signer
 * asks for the credentials in each call, so they are renewed in time. The client must cache its middleware, and must
 * not repeat calls: on the short path nothing does.
 */
export function addShortPath(client: IoTClient): void {
	const { signer: makeSigner } = client.config;
	let madeSigner: ReturnType<typeof makeSigner> | undefined;
	client.config.signer = scheme => (madeSigner ??= makeSigner(scheme));
	const requests = new WeakMap<OperationContext, HttpRequest>();
	client.middlewareStack.add(
		(next, context) => async args => {
			requests.set(context, args.request as HttpRequest);
			return next(args);
		},
		{ name: "keepRequestMiddleware", step: "deserialize" },
	);
	client.middlewareStack.add(
		(next, context) => {
			let known: Resolved | undefined;
			return async args => {
				if (known) return callShort(client, known, args.input);
				const result = await next(args);
				known = resolved(client, context, requests.get(context));
				return result;
			};
		},
		{ name: "shortPathMiddleware", step: "initialize", priority: "high" },
	);
}
