// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { ServiceError, StateError } from "../errors.js";
import { judgeOrigin, judgeSource, readBody, requestUrl, tooLong } from "../http.js";
import { authorizationFailure } from "./authorization.js";
import type { Account, Operation } from "./operation.js";
import { servedOperations } from "./operations.js";
import type { OperatorCredentials } from "./signature.js";
import type { Throttle } from "./throttle.js";

/** Largest body, in bytes: room for the longest policy document (service model, PolicyDocument) in JSON. */
const maxBodyBytes = 1 << 20;

interface Answer {
	statusCode: number;
	body: object | undefined;
	/** The error's name, for the header by which AWS clients recognise it. */
	errorType?: string;
}

/** What AWS's gateway answers for a path that no operation has (an error of no service model). */
const unknownOperation: Answer = {
	statusCode: 404,
	body: {
		message: "Unable to determine service/operation name to be authorized: docs/iot-core.md lists what is served here.",
	},
	errorType: "UnknownOperationException",
};

interface Route {
	operation: Operation;
	labels: Map<string, string>;
}

export interface ControlOptions {
	log(line: string): void;
	/** Refuses what comes too fast; default: nothing does. */
	throttle?: Throttle | undefined;
	/** Who may use it from other machines; default: anybody on this one. */
	credentials?: OperatorCredentials | undefined;
}

/** The control plane: AWS IoT's REST-JSON over HTTP. It does not listen yet. */
export function createControlServer(account: Account, options: ControlOptions): Server {
	let port = 0;
	const server = createServer((request, response) => {
		answer(account, options, port, request).then(
			result => send(response, result),
			(error: unknown) => {
				const result = errorAnswer(error);
				options.log(
					`control: ${request.method} ${request.url}: ${result.errorType}: ${error instanceof Error ? error.message : error}`,
				);
				send(response, result);
			},
		);
	});
	return server.on("listening", () => {
		const address = server.address();
		port = typeof address === "object" && address !== null ? address.port : 0;
	});
}

async function answer(
	account: Account,
	{ throttle, credentials }: ControlOptions,
	port: number,
	request: IncomingMessage,
): Promise<Answer> {
	const rejection = credentials === undefined ? judgeSource(request, port) : judgeOrigin(request.headers);
	if (rejection !== undefined)
		return {
			statusCode: rejection.statusCode,
			body: { message: rejection.message },
			errorType: "AccessDeniedException",
		};
	const bytes = await readBody(request, maxBodyBytes);
	if (bytes === tooLong)
		throw new ServiceError("InvalidRequestException", `The body is longer than ${maxBodyBytes} bytes.`);
	const failure = authorizationFailure(request, bytes, account.registry.realm.region, credentials);
	if (failure !== undefined)
		return { statusCode: failure.statusCode, body: { message: failure.message }, errorType: failure.name };
	const url = requestUrl(request);
	const route = url && findRoute(request.method ?? "", url.pathname);
	if (url === undefined || route === undefined) return unknownOperation;
	throttle?.take(route.operation.name);
	const label = (name: string) => route.labels.get(name) ?? "";
	const header = (name: string) => request.headersDistinct[name]?.[0];
	const body = await route.operation.run(account, {
		label,
		header,
		query: url.searchParams,
		body: route.operation.rawBody ? {} : parseBody(bytes.toString("utf8")),
		bytes,
	});
	return { statusCode: 200, body };
}

/** An operation with its path taken apart. */
interface Candidate {
	operation: Operation;
	/** A segment's text, or the name of the label that takes it. */
	segments: readonly ({ text: string } | { label: string })[];
	/** The last label takes all segments that are left. */
	greedy: boolean;
}

const candidates: readonly Candidate[] = servedOperations.map(operation => ({
	operation,
	segments: operation.path
		.split("/")
		.map(part => (part.startsWith("{") ? { label: part.replace(/[{+}]/g, "") } : { text: part })),
	greedy: operation.path.endsWith("+}"),
}));

function findRoute(method: string, path: string): Route | undefined {
	const segments = path.split("/");
	for (const candidate of candidates) {
		if (candidate.operation.method !== method) continue;
		const labels = matchPath(candidate, segments);
		if (labels !== undefined) return { operation: candidate.operation, labels };
	}
	return undefined;
}

/** The values of a path's labels, or undefined when the path is another. */
function matchPath({ segments, greedy }: Candidate, path: readonly string[]): Map<string, string> | undefined {
	const actual =
		greedy && path.length > segments.length
			? [...path.slice(0, segments.length - 1), path.slice(segments.length - 1).join("/")]
			: path;
	if (actual.length !== segments.length) return undefined;
	if (segments.some((segment, index) => "text" in segment && segment.text !== actual[index])) return undefined;
	const labels = new Map<string, string>();
	for (const [index, segment] of segments.entries())
		if ("label" in segment) labels.set(segment.label, decode(actual[index] ?? ""));
	return labels;
}

function decode(label: string): string {
	try {
		return decodeURIComponent(label);
	} catch {
		throw new ServiceError("InvalidRequestException", `The path has a malformed escape: ${label}`);
	}
}

function parseBody(text: string): Record<string, unknown> {
	if (text.trim() === "") return {};
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	} catch {
		// Answered below, with every other body that is not a JSON object.
	}
	throw new ServiceError("InvalidRequestException", "The body must be a JSON object.");
}

function errorAnswer(error: unknown): Answer {
	if (error instanceof ServiceError)
		return { statusCode: error.statusCode, body: { message: error.message, ...error.details }, errorType: error.name };
	return {
		statusCode: 500,
		body: {
			message: error instanceof StateError ? error.message : "An internal error occurred: the log of iot-core has it.",
		},
		errorType: "InternalFailureException",
	};
}

function send(response: ServerResponse, { statusCode, body, errorType }: Answer): void {
	const text = body === undefined ? "" : JSON.stringify(body);
	response.writeHead(statusCode, {
		"content-type": "application/json",
		"content-length": Buffer.byteLength(text),
		"x-amzn-RequestId": randomUUID(),
		...(errorType === undefined ? {} : { "x-amzn-ErrorType": errorType }),
	});
	response.end(text);
}
