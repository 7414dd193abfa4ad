// SPDX-License-Identifier: MIT
import type { DeviceClient } from "../device-client.js";
import { payloadFault } from "../limits.js";
import { type PublishPacket, pubackPacket } from "../packets.js";
import { serviceRefusal } from "../service-topics.js";
import type { ServedQoS } from "../subscriptions.js";
import { isBasicIngest, isReserved, topicFault } from "../topic.js";

/** PUBLISH. It is acknowledged as soon as it is taken. */
export function publish(client: DeviceClient, packet: PublishPacket): void {
	const { broker, session } = client;
	const { topic, payload, messageId, retain } = packet;
	if (!isServed(packet)) return client.report("ignored", "QoS 2 is not supported (PUBLISH)");
	if (!client.takesPublish()) return;
	const refusal = retain ? undefined : serviceRefusal(topic, payload);
	const fault = publishFault(packet, refusal !== undefined);
	if (fault !== undefined) return client.refuse(`${fault} (PUBLISH)`);
	if (!client.allows("iot:Publish", topic) || (retain && !client.allows("iot:RetainPublish", topic))) return;
	const message = { topic, payload, qos: packet.qos, retained: false };
	if (retain && !broker.retained.store(message))
		return client.report(
			"discarded",
			`THROTTLED: there are already ${broker.limits.retained} retained messages (PUBLISH ${topic})`,
		);
	if (messageId !== undefined) client.send(pubackPacket(messageId));
	if (refusal !== undefined) {
		client.report("not served for", `${refusal.reason} (PUBLISH ${topic})`);
		return void broker.publish(refusal.topic, refusal.payload, 0);
	}
	if (!isBasicIngest(topic)) broker.route(message, session.clientId, retain);
}

/** Whether a PUBLISH has a QoS that AWS IoT serves. */
function isServed(packet: PublishPacket): packet is PublishPacket & { qos: ServedQoS } {
	return packet.qos !== 2;
}

/** What is wrong with a PUBLISH, before any policy is asked. */
function publishFault({ topic, payload, retain }: PublishPacket, answered: boolean): string | undefined {
	if (isReserved(topic) && (retain || !(answered || isBasicIngest(topic)))) return `the topic ${topic} is reserved`;
	return topicFault(topic) ?? payloadFault(payload.length);
}
