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
/** Bytes of the packet of a message, once it was sent: it is the same for all devices but for the packet id. */
const packets = new WeakMap<RoutedMessage, Buffer>();

/** A PUBLISH packet (MQTT 3.1.1, section 3.3). @param id packet id; undefined at QoS 0 */
export function publishPacket(message: RoutedMessage, id: number | undefined): Buffer {
	let packet = packets.get(message);
	if (packet === undefined) {
		packet = encodePublish(message);
		packets.set(message, packet);
	}
	if (id === undefined) return packet;
	const own = Buffer.from(packet);
	own.writeUInt16BE(id, own.length - message.payload.length - 2);
	return own;
}

/** At QoS 1 the packet id is 0, to be written over. */
function encodePublish({ topic, payload, qos, retained }: RoutedMessage): Buffer {
	const topicLength = Buffer.byteLength(topic),
		idLength = qos === 1 ? 2 : 0;
	const length = lengthBytes(2 + topicLength + idLength + payload.length);
	const header = Buffer.alloc(1 + length.length + 2 + topicLength + idLength);
	header[0] = publish | (qos === 1 ? qos1 : 0) | (retained ? retain : 0);
	header.set(length, 1);
	header.writeUInt16BE(topicLength, 1 + length.length);
	header.write(topic, 3 + length.length);
	return Buffer.concat([header, payload]);
}

/** "Remaining length" (MQTT 3.1.1, section 2.2.3): seven bits a byte, the lowest first. */
function lengthBytes(length: number): number[] {
	const bytes = [];
	for (let rest = length; bytes.length === 0 || rest > 0; rest >>>= 7)
		bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
	return bytes;
}
