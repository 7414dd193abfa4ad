// SPDX-License-Identifier: MIT
import { isBasicIngest, payloadFault, topicFault } from "./limits.js";
import type { Connect, Publish } from "./packets.js";
import type { QoS } from "./subscriptions.js";
import { topicFilterFault, topicNameFault } from "./topic.js";

/** Longest client id, in bytes of UTF-8 (AWS IoT quotas, "Client ID size"). */
const maxClientIdBytes = 128;
/** Longest keep-alive, in seconds: a longer one and none become this (AWS IoT quotas). */
const maxKeepAlive = 1200;
/** Protocol level of CONNECT (MQTT 3.1.1, section 3.1.2.2). */
export const mqtt311 = 4;
const mqtt5 = 5;
/** CONNACK for another version: "unacceptable protocol version" (MQTT 3.1.1, 3.2.2.3), "Unsupported Protocol Version" (MQTT 5, 3.2.2.2). */
const connackOldProtocol = Buffer.from([0x20, 2, 0, 1]),
	connackMqtt5 = Buffer.from([0x20, 3, 0, 0x84, 0]);

/** The CONNACK that a client of another version than MQTT 3.1.1 understands. */
export function versionRefusal(version: number | undefined): Buffer {
	return version === mqtt5 ? connackMqtt5 : connackOldProtocol;
}

/** What is wrong with a CONNECT, before any policy is asked. */
export function connectFault({ clientId, will, username, password }: Connect): string | undefined {
	const bytes = Buffer.byteLength(clientId);
	if (bytes > maxClientIdBytes) return `the client id has ${bytes} bytes, more than ${maxClientIdBytes}`;
	if (clientId.startsWith("$")) return `the client id ${clientId} begins with $, which is reserved`;
	if (password !== undefined && username === undefined)
		return "CONNECT has a password and no user name (MQTT-3.1.2-22)";
	const fault = will && willFault(will);
	return fault && `${fault} (last will)`;
}

function willFault({ topic, payload, qos = 0, retain = false }: NonNullable<Connect["will"]>): string | undefined {
	if (qos > 1) return "QoS 2 is not supported";
	if (retain && topic.startsWith("$")) return `the topic ${topic} is reserved: nothing is retained there`;
	return topicNameFault(topic) ?? topicFault(topic) ?? payloadFault(payload.length);
}

/** Whether a PUBLISH is of a QoS that AWS IoT has. */
export function isPublish(packet: Publish): packet is Publish & { qos: QoS } {
	return packet.qos !== 2;
}

/** What is wrong with a PUBLISH, before any policy is asked. */
export function publishFault({ topic, payload, retain }: Publish): string | undefined {
	const reserved = topic.startsWith("$") && (retain || !isBasicIngest(topic));
	if (reserved) return `the topic ${topic} is reserved`;
	return topicNameFault(topic) ?? topicFault(topic) ?? payloadFault(payload.length);
}

/** What is wrong with a topic filter, before any policy is asked. */
export function filterFault(filter: string): string | undefined {
	if (filter.startsWith("$") && !filter.startsWith("$aws/")) return `the topic filter ${filter} is reserved`;
	return topicFilterFault(filter) ?? topicFault(filter);
}

/** The keep-alive in seconds that a client gets for the one that it asks for. */
export function allowedKeepAlive(seconds: number, minimum: number): number {
	return seconds === 0 ? maxKeepAlive : Math.min(Math.max(seconds, minimum), maxKeepAlive);
}
