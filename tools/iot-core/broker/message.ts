// SPDX-License-Identifier: MIT
import type { ServedQoS } from "./subscriptions.js";

/** A message on its way to subscribers. */
export interface RoutedMessage {
	readonly topic: string;
	readonly payload: Buffer;
	readonly qos: ServedQoS;
	/** It comes from the retained messages: the subscriber sees RETAIN. */
	readonly retained: boolean;
}

const publish = 0x30,
	qos1 = 0x02,
	retain = 0x01;
/** Packets at QoS 0, once they were sent: the same bytes for all devices. */
const packets = new WeakMap<RoutedMessage, Buffer>();

/** A PUBLISH packet (MQTT 3.1.1, section 3.3). @param id packet id; undefined at QoS 0 */
export function publishPacket(message: RoutedMessage, id: number | undefined): Buffer {
	if (id !== undefined) return encodePublish(message, id);
	const packet = packets.get(message) ?? encodePublish(message);
	packets.set(message, packet);
	return packet;
}

function encodePublish({ topic, payload, retained }: RoutedMessage, id?: number): Buffer {
	const topicLength = Buffer.byteLength(topic),
		idLength = id === undefined ? 0 : 2;
	const remaining = 2 + topicLength + idLength + payload.length;
	const packet = Buffer.allocUnsafe(1 + lengthOfLength(remaining) + remaining);
	packet[0] = publish | (id === undefined ? 0 : qos1) | (retained ? retain : 0);
	let at = writeLength(packet, remaining);
	at = packet.writeUInt16BE(topicLength, at);
	at += packet.write(topic, at);
	if (id !== undefined) at = packet.writeUInt16BE(id, at);
	packet.set(payload, at);
	return packet;
}

/** Seven bits a byte. */
function lengthOfLength(length: number): number {
	return length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
}

/** Writes the "Remaining length" (MQTT 3.1.1, section 2.2.3), the lowest bits first; returns where it ends. */
function writeLength(packet: Buffer, length: number): number {
	let at = 1;
	for (let rest = length; at === 1 || rest > 0; rest >>>= 7) packet[at++] = (rest & 0x7f) | (rest > 0x7f ? 0x80 : 0);
	return at;
}
