// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";

import { judgeSource, type Rejection } from "../http.js";

/** Judges a request to the page. What changes anything must also come from the page itself. */
export function judgeRequest(request: IncomingMessage, port: number): Rejection | undefined {
	const rejection = judgeSource(request, port);
	if (rejection !== undefined || request.method !== "POST") return rejection;
	const { headers } = request;
	if (headers.origin !== `http://${headers.host}`)
		return { statusCode: 403, message: "Only this server's own page may send this." };
	if (!/^application\/json *(;|$)/.test(headers["content-type"] ?? ""))
		return { statusCode: 415, message: "The body must be application/json." };
	return undefined;
}
