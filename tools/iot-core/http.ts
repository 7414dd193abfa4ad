// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

import { isLoopback } from "./listen.js";

/** A request that is not answered, and why. */
export interface Rejection {
	statusCode: number;
	message: string;
}

/** The URL of a request; undefined when its target is not a path or an absolute URL (RFC 9112, section 3.2). */
export function requestUrl({ url = "/" }: IncomingMessage): URL | undefined {
	try {
		return new URL(url.startsWith("/") ? `http://localhost${url}` : url);
	} catch {
		return undefined;
	}
}

/**
 * Judges where a request comes from. A page of another site can make a browser send requests here, and by DNS
 * rebinding under a name of its own: Host must name this machine, and a browser's Origin must be this server's.
 * @param port that the server listens on
 */
export function judgeSource({ headers }: IncomingMessage, port: number): Rejection | undefined {
	const host = headers.host ?? "";
	if (!namesThisMachine(host, port))
		return { statusCode: 421, message: `This server is 127.0.0.1:${port}, not ${host}.` };
	return judgeOrigin(headers, `http://${host}`);
}

/** Whether Host is localhost or a loopback address, with the port: DNS rebinding brings another name. */
function namesThisMachine(host: string, port: number): boolean {
	if (host === `127.0.0.1:${port}` || host === `localhost:${port}`) return true; // what almost all requests have
	const [, name = "", given = "80"] = /^(localhost|[\d.]+|\[[\da-f:]+\])(?::(\d+))?$/i.exec(host) ?? [];
	if (Number(given) !== port) return false;
	if (name.toLowerCase() === "localhost") return true;
	const address = name.replace(/[[\]]/g, "");
	return isIP(address) !== 0 && isLoopback(address);
}

/** Refuses what a browser sends for a page of another origin. */
export function judgeOrigin(headers: IncomingMessage["headers"], own?: string): Rejection | undefined {
	const foreign = headers.origin !== undefined && headers.origin !== own;
	// Fetch metadata: a browser sends it with requests that have no Origin, such as those of an image or a link.
	if (foreign || headers["sec-fetch-site"] === "cross-site")
		return { statusCode: 403, message: "Pages of other origins may not send requests to this server." };
	return undefined;
}

/** A body that was longer than allowed. */
export const tooLong = Symbol("too long");

/** The bytes of a request's body. Rejects when the connection ends before the body does. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | typeof tooLong> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let length = 0;
		request.on("data", (chunk: Buffer) => {
			length += chunk.length;
			if (length > maxBytes) resolve(tooLong);
			else chunks.push(chunk);
		});
		request.on("end", () => resolve(Buffer.concat(chunks)));
		request.on("error", reject);
	});
}
