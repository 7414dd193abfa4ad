// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";

import type { DeviceClient } from "../device-client.js";
import { payloadFault } from "../limits.js";
import { type ConnectPacket, encode } from "../packets.js";
import { isReserved, topicFault } from "../topic.js";

/** Longest client id, in bytes of UTF-8 (AWS IoT quotas, "Client ID size"). */
const maxClientIdBytes = 128;
/** Protocol levels of CONNECT (MQTT 3.1.1, section 3.1.2.2; MQTT 5, section 3.1.2.2). */
const mqtt311 = 4,
	mqtt5 = 5;
/** CONNACK: "unacceptable protocol version", "not allowed client identifier" (MQTT 3.1.1, section 3.2.2.3). */
const unacceptableVersion = 1,
	identifierRejected = 2;
/** CONNACK of MQTT 5: "Unsupported Protocol Version", and the property Reason String (MQTT 5, sections 3.2.2.2 and 3.2.2.3.9). */
const unsupportedVersion = 0x84,
	reasonString = 0x1f;
const versionReason = "This local AWS IoT Core serves MQTT 3.1.1 only.";

/** CONNECT. One that policies forbid is never answered: on MQTT 3.1.1 AWS IoT closes the connection without CONNACK. */
export function connect(client: DeviceClient, packet: ConnectPacket): void {
	const { broker, session } = client;
	if (packet.protocolVersion !== mqtt311) {
		client.send(versionRefusal(packet.protocolVersion));
		return client.refuse(`MQTT protocol level ${packet.protocolVersion} is not served, only ${mqtt311} (MQTT 3.1.1)`);
	}
	const persistent = packet.clean === false;
	if (packet.clientId === "" && persistent) {
		client.send(encode({ cmd: "connack", returnCode: identifierRejected, sessionPresent: false }));
		return client.refuse("the client id is empty, and a persistent session is requested (MQTT-3.1.3-8)");
	}
	const fault = connectFault(packet);
	if (fault !== undefined) return client.refuse(fault);
	const clientId = packet.clientId === "" ? randomUUID() : packet.clientId;
	session.identify({ clientId, persistent, lastWillTopic: packet.will?.topic });
	if (!broker.mayConnect(clientId)) {
		client.refuse(
			`THROTTLED: more than ${broker.limits.connectRate} CONNECT a second with this client id`,
			"THROTTLED",
		);
		broker.events?.emit("connectThrottled", session);
		return;
	}
	if (!client.allows("iot:Connect", clientId)) {
		broker.events?.emit("connectForbidden", session);
		return;
	}
	broker.takeOver(client);
	client.accept(packet, broker.states.open(clientId, persistent));
}

/** The CONNACK that a client of another version than MQTT 3.1.1 understands. */
function versionRefusal(version: number | undefined): Buffer {
	if (version !== mqtt5) return Buffer.from([0x20, 2, 0, unacceptableVersion]);
	const reason = Buffer.from(versionReason);
	const properties = Buffer.concat([Buffer.from([reasonString, 0, reason.length]), reason]);
	return Buffer.concat([
		Buffer.from([0x20, 3 + properties.length, 0, unsupportedVersion, properties.length]),
		properties,
	]);
}

/** What is wrong with a CONNECT, before any policy is asked. */
function connectFault({ clientId, will, username, password }: ConnectPacket): string | undefined {
	const bytes = Buffer.byteLength(clientId);
	if (bytes > maxClientIdBytes) return `the client id has ${bytes} bytes, more than ${maxClientIdBytes}`;
	if (isReserved(clientId)) return `the client id ${clientId} begins with $, which is reserved`;
	if (password !== undefined && username === undefined)
		return "CONNECT has a password but no user name (MQTT-3.1.2-22)";
	const fault = will && willFault(will);
	return fault && `${fault} (last will)`;
}

function willFault({
	topic,
	payload,
	qos = 0,
	retain = false,
}: NonNullable<ConnectPacket["will"]>): string | undefined {
	if (qos > 1) return "QoS 2 is not supported";
	if (retain && isReserved(topic)) return `the topic ${topic} is reserved: nothing is retained there`;
	return topicFault(topic) ?? payloadFault(payload.length);
}
