// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { ServiceError } from "../errors.js";
import { authorizationFailure } from "./authorization.js";
import type { Account, Operation } from "./operation.js";
import { servedOperations } from "./operations.js";
import type { Throttle } from "./throttle.js";

/** Largest body, in bytes: room for the longest policy document (service model, PolicyDocument) in JSON. */
const maxBodyBytes = 1 << 20;

interface Answer {
	statusCode: number;
	body: object | undefined;
	/** The error's name, for the header by which AWS' clients know it. */
	errorType?: string;
}

interface Route {
	operation: Operation;
	labels: Map<string, string>;
}

export interface ControlOptions {
	log(line: string): void;
	/** Refuses what comes too fast; default: nothing does. */
	throttle?: Throttle | undefined;
}

/** The control plane: AWS IoT's REST-JSON over HTTP. It does not listen yet. */
export function createControlServer(account: Account, { log, throttle }: ControlOptions): Server {
	return createServer((request, response) => {
		answer(account, throttle, request).then(
			result => send(response, result),
			(error: unknown) => {
				const result = errorAnswer(error);
				log(
					`control: ${request.method} ${request.url}: ${result.errorType}: ${error instanceof Error ? error.message : error}`,
				);
				send(response, result);
			},
		);
	});
}

async function answer(account: Account, throttle: Throttle | undefined, request: IncomingMessage): Promise<Answer> {
	const text = await readBody(request);
	const failure = authorizationFailure(request.headers.authorization, account.registry.realm.region);
	if (failure !== undefined)
		return { statusCode: failure.statusCode, body: { message: failure.message }, errorType: failure.name };
	const url = new URL(request.url ?? "/", "http://localhost");
	const route = findRoute(request.method ?? "", url.pathname);
	if (route === undefined)
		throw new ServiceError(
			"ResourceNotFoundException",
			`${request.method} ${url.pathname} is no operation that is served here.`,
		);
	throttle?.take(route.operation.name);
	const label = (name: string) => route.labels.get(name) ?? "";
	const header = (name: string) => request.headersDistinct[name]?.[0];
	const body = route.operation.run(account, { label, header, query: url.searchParams, body: parseBody(text) });
	return { statusCode: 200, body };
}

function findRoute(method: string, path: string): Route | undefined {
	for (const operation of servedOperations) {
		const labels = operation.method === method ? matchPath(operation.path, path) : undefined;
		if (labels !== undefined) return { operation, labels };
	}
	return undefined;
}

/** The values of a path template's labels, or undefined when the path is another. */
function matchPath(template: string, path: string): Map<string, string> | undefined {
	const expected = template.split("/"),
		actual = path.split("/");
	if (expected.length !== actual.length) return undefined;
	const labels = new Map<string, string>();
	for (const [index, part] of expected.entries()) {
		const value = actual[index] as string;
		if (part.startsWith("{")) labels.set(part.slice(1, -1), decode(value));
		else if (part !== value) return undefined;
	}
	return labels;
}

function decode(label: string): string {
	try {
		return decodeURIComponent(label);
	} catch {
		throw new ServiceError("InvalidRequestException", `The path has a malformed escape: ${label}`);
	}
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		length += chunk.length;
		if (length > maxBodyBytes)
			throw new ServiceError("InvalidRequestException", `The body is longer than ${maxBodyBytes} bytes.`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function parseBody(text: string): Record<string, unknown> {
	if (text.trim() === "") return {};
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	} catch {
		// Answered below, with every other body that is no JSON object.
	}
	throw new ServiceError("InvalidRequestException", "The body must be a JSON object.");
}

function errorAnswer(error: unknown): Answer {
	if (error instanceof ServiceError)
		return { statusCode: error.statusCode, body: { message: error.message, ...error.details }, errorType: error.name };
	return {
		statusCode: 500,
		body: { message: "An internal error occurred; the log of the control plane names it." },
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
