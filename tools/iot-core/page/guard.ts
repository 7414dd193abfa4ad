// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";

/** Names of this machine by which a browser may have come. */
const ownNames = ["127.0.0.1", "localhost", "[::1]"];

/** A request that is not answered, and why. */
export interface Rejection {
	statusCode: number;
	message: string;
}

/**
 * Judges where a request comes from. A page of another site can make a browser send requests here, and by DNS
 * rebinding under a name of its own: Host must name this machine, and what changes anything must come from this page.
 */
export function judgeSource({ headers, method }: IncomingMessage, port: number): Rejection | undefined {
	const host = headers.host ?? "";
	if (!ownNames.some(name => host === `${name}:${port}` || (port === 80 && host === name)))
		return { statusCode: 421, message: `This server is 127.0.0.1:${port}, not ${host}.` };
	if (method !== "POST") return undefined;
	if (headers.origin !== `http://${host}`)
		return { statusCode: 403, message: "Only this server's own page may send this." };
	if (!/^application\/json *(;|$)/.test(headers["content-type"] ?? ""))
		return { statusCode: 415, message: "The body must be application/json." };
	return undefined;
}
