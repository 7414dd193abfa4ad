// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";

import { maxPayload, payloadFault } from "../broker/limits.js";
import { isReserved, topicFault } from "../broker/topic.js";
import { type Rejection, readBody, tooLong } from "../http.js";

/** A message that a person publishes. */
export interface PublishRequest {
	topic: string;
	payload: string;
	qos: 0 | 1;
	retain: boolean;
}

/** A certificate's new status, as a person chooses it. */
export interface StatusRequest {
	certificateId: string;
	status: string;
}

const maxStatusBytes = 1024;
/** JSON writes a byte with six characters at most (RFC 8259, section 7). */
const maxBodyBytes = 6 * maxPayload + 4096;

/** Reads the page's request to publish: JSON with topic, payload and qos. */
export async function readPublish(request: IncomingMessage): Promise<PublishRequest | Rejection> {
	const body = await readBody(request, maxBodyBytes);
	if (body === tooLong) return { statusCode: 413, message: `A payload has at most ${maxPayload} bytes.` };
	return parsePublish(body.toString("utf8"));
}

/** Reads the page's request to change a certificate's status. */
export async function readStatus(request: IncomingMessage): Promise<StatusRequest | Rejection> {
	const body = await readBody(request, maxStatusBytes);
	const { certificateId, status } = body === tooLong ? {} : parseObject(body.toString("utf8"));
	if (typeof certificateId !== "string" || typeof status !== "string")
		return { statusCode: 400, message: "The body must be a JSON object with certificateId and status." };
	return { certificateId, status };
}

function parsePublish(text: string): PublishRequest | Rejection {
	const { topic, payload, qos, retain = false } = parseObject(text);
	if (
		typeof topic !== "string" ||
		typeof payload !== "string" ||
		(qos !== 0 && qos !== 1) ||
		typeof retain !== "boolean"
	)
		return { statusCode: 400, message: "The body must be a JSON object with topic, payload, qos 0 or 1, and retain." };
	const fault = isReserved(topic) ? `the topic ${topic} is reserved` : topicFault(topic);
	if (fault !== undefined) return { statusCode: 400, message: sentence(fault) };
	const tooLong = payloadFault(Buffer.byteLength(payload));
	if (tooLong !== undefined) return { statusCode: 413, message: sentence(tooLong) };
	return { topic, payload, qos, retain };
}

/** The members of a JSON object; none when the text is something else. */
function parseObject(text: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
	} catch {
		return {};
	}
}

/** A fault as the page shows it. */
export function sentence(fault: string): string {
	return `${fault.charAt(0).toUpperCase()}${fault.slice(1)}.`;
}
