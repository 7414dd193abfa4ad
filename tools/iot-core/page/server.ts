// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { root } from "../../lib/root.js";

import { maxFilters } from "../broker/limits.js";
import { filterFault } from "../broker/topic.js";
import { ServiceError } from "../errors.js";
import { requestUrl } from "../http.js";
import type { Feed } from "./feed.js";
import { judgeRequest } from "./guard.js";
import { type PublishRequest, readPublish, readStatus, type StatusRequest, sentence } from "./publish.js";
import { Stream } from "./stream.js";

/** What the page needs to know. */
export interface PageOptions {
	feed: Feed;
	/** The device endpoint's name and port, for the page's head. */
	about: {
		endpoint: string;
		devicePort: number;
		alpnPort: number | undefined;
		region: string;
		account: string;
		controlUrl: string;
	};
	/** PEM of the root that devices must trust. */
	rootCa: string;
	/** @returns false when it is to be retained and there are too many retained messages */
	publish(request: PublishRequest): boolean;
	/** @throws ServiceError when the certificate cannot get that status */
	setStatus(request: StatusRequest): void;
}

interface Asset {
	type: string;
	body: Buffer;
}

/** Most pages that are open at the same time. */
const maxStreams = 16;

const headers = {
	"content-security-policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
	"cross-origin-resource-policy": "same-origin",
	"cross-origin-opener-policy": "same-origin",
	"referrer-policy": "no-referrer",
	"x-content-type-options": "nosniff",
	"cache-control": "no-store",
} as const;

const assets = new Map<string, Asset>([
	["/", asset("index.html", "text/html; charset=utf-8")],
	["/page.css", asset("page.css", "text/css; charset=utf-8")],
	["/icon.svg", asset("icon.svg", "image/svg+xml")],
	...["page.js", "rows.js", "stream.js", "devices.js"].map((name): [string, Asset] => [
		`/${name}`,
		asset(name, "text/javascript; charset=utf-8"),
	]),
]);

function asset(name: string, type: string): Asset {
	return { type, body: readFileSync(join(root, "tools", "iot-core", "page", "public", name)) };
}

/** Makes the servers of the page, one for each address that they listen on; they share the limit of open pages. */
export function pageServers(options: PageOptions): () => Server {
	const streams = new Set<ServerResponse>();
	return () => {
		const server = createServer((request, response) => {
			const address = server.address();
			const port = typeof address === "object" && address !== null ? address.port : 0;
			answer(options, streams, port, request, response).catch((error: unknown) =>
				refuse(response, 500, error instanceof Error ? error.message : String(error)),
			);
		});
		return server;
	};
}

async function answer(
	options: PageOptions,
	streams: Set<ServerResponse>,
	port: number,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const rejection = judgeRequest(request, port);
	if (rejection !== undefined) return refuse(response, rejection.statusCode, rejection.message);
	const url = requestUrl(request);
	if (url === undefined) return refuse(response, 400, "The request's target is not a path.");
	const route = `${request.method === "HEAD" ? "GET" : request.method} ${url.pathname}`;
	if (route === "POST /publish") return publish(options, request, response);
	if (route === "POST /certificates") return setStatus(options, request, response);
	if (route === "GET /root-ca.pem")
		return sendAsset(response, { type: "application/x-pem-file", body: Buffer.from(options.rootCa) });
	if (route === "GET /filters") return judgeFilters(url.searchParams.getAll("filter"), response);
	if (route === "GET /events") return open(options, streams, url.searchParams.getAll("filter"), response);
	const found = route.startsWith("GET ") ? assets.get(url.pathname) : undefined;
	if (found === undefined) return refuse(response, 404, "There is nothing here.");
	sendAsset(response, found);
}

function sendAsset(response: ServerResponse, { type, body }: Asset): void {
	response.writeHead(200, { ...headers, "content-type": type, "content-length": body.length });
	response.end(body);
}

async function setStatus(options: PageOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const result = await readStatus(request);
	if ("statusCode" in result) return refuse(response, result.statusCode, result.message);
	try {
		options.setStatus(result);
	} catch (error) {
		if (!(error instanceof ServiceError)) throw error;
		return refuse(response, error.statusCode, error.message);
	}
	response.writeHead(204, headers).end();
}

async function publish(options: PageOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const result = await readPublish(request);
	if ("statusCode" in result) return refuse(response, result.statusCode, result.message);
	if (!options.publish(result)) return refuse(response, 507, "There are too many retained messages.");
	response.writeHead(204, headers).end();
}

/** Whether the live events may be opened with these topic filters: EventSource does not let a page read why they may not. */
function judgeFilters(filters: string[], response: ServerResponse): void {
	const fault = filtersFault(filters);
	if (fault !== undefined) return refuse(response, 400, fault);
	response.writeHead(204, headers).end();
}

function open(
	{ feed, about }: PageOptions,
	streams: Set<ServerResponse>,
	filters: string[],
	response: ServerResponse,
): void {
	const fault = filtersFault(filters);
	if (fault !== undefined) return refuse(response, 400, fault);
	if (streams.size >= maxStreams) return refuse(response, 503, `${maxStreams} pages are open already: close one.`);
	streams.add(response);
	response.on("close", () => streams.delete(response));
	response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
	new Stream(response, feed, filters, about);
}

/** What is wrong with the topic filters of a page, as a sentence; undefined when nothing is. */
function filtersFault(filters: readonly string[]): string | undefined {
	if (filters.length > maxFilters) return `A page has at most ${maxFilters} topic filters: remove one first.`;
	const fault = filters.map(filterFault).find(found => found !== undefined);
	return fault && sentence(fault);
}

function refuse(response: ServerResponse, statusCode: number, message: string): void {
	if (response.headersSent) return void response.destroy();
	// A body that was not read to its end must not be taken for the next request.
	response.writeHead(statusCode, { ...headers, "content-type": "application/json", connection: "close" });
	response.end(JSON.stringify({ message }));
}
