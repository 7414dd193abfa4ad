// SPDX-License-Identifier: MIT
/** MQTT 3.1.1 control packets that a client sends: each function returns one packet, ready for the wire. */

/** Control packet types (section 2.2.1). */
export const operations = {
	CONNECT: 1,
	CONNACK: 2,
	PUBLISH: 3,
	PUBACK: 4,
	PUBREC: 5,
	PUBREL: 6,
	PUBCOMP: 7,
	SUBSCRIBE: 8,
	SUBACK: 9,
	UNSUBSCRIBE: 10,
	UNSUBACK: 11,
	PINGREQ: 12,
	PINGRESP: 13,
	DISCONNECT: 14,
} as const;

/** Connect flags (section 3.1.2.3). */
const connectFlags = {
	cleanSession: 0x02,
	will: 0x04,
	willQoS: 3,
	willRetain: 0x20,
	password: 0x40,
	user: 0x80,
} as const;

/** Protocol name "MQTT" and protocol level 4, which is version 3.1.1 (sections 3.1.2.1 and 3.1.2.2). */
const protocol = Uint8Array.of(0, 4, 0x4d, 0x51, 0x54, 0x54, 4);

/** Section 2.2.3: four bytes of seven bits each. */
const maximumRemainingLength = 268_435_455;
const maximumFieldLength = 0xffff;

export type Bytes = ArrayBufferLike | ArrayBufferView;
/** UTF-8, from a string. */
export type Encode = (text: string) => ArrayBufferLike;
/** Strings are sent as UTF-8, bytes as they are. */
export type Text = string | Bytes;

export interface Will {
	topic: Text;
	message?: Text;
	QoS?: number;
	retain?: boolean | number;
}

export interface Connect {
	id: Text;
	clean: boolean;
	/** Seconds, 0 to 65,535; 0: none. */
	keepAlive: number;
	user?: Text;
	password?: Text;
	will?: Will;
}

export interface Publish {
	topic: Text;
	QoS: number;
	/** Packet identifier; not sent at QoS 0. */
	id: number;
	retain: boolean;
	duplicate: boolean;
}

export interface Subscription {
	topic: Text;
	QoS?: number;
}

/** A view of a buffer's bytes. Throws a TypeError for anything else. */
export function toBytes(data: Bytes): Uint8Array {
	if (data instanceof Uint8Array) return data;
	if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	if (data?.byteLength === undefined) throw new TypeError("data must be an ArrayBuffer or a view of one");
	return new Uint8Array(data);
}

function word(value: number): Uint8Array {
	return Uint8Array.of(value >> 8, value);
}

function checkIdentifier(id: number): number {
	if (!Number.isInteger(id) || id < 1 || id > 0xffff)
		throw new RangeError(`packet identifier ${id} is not in 1 to 65535`);
	return id;
}

function packetIdentifier(id: number): Uint8Array {
	return word(checkIdentifier(id));
}

function quality(QoS: number): number {
	if (QoS !== 0 && QoS !== 1 && QoS !== 2) throw new RangeError(`QoS ${QoS} is not 0, 1 or 2`);
	return QoS;
}

/** A field with its length before it (sections 1.5.3 and 3.1.3). */
function field(value: Text, encode: Encode): Uint8Array {
	const bytes = toBytes(typeof value === "string" ? encode(value) : value);
	const { length } = bytes;
	if (length > maximumFieldLength)
		throw new RangeError(`a field of ${length} bytes exceeds MQTT's ${maximumFieldLength}`);
	const result = new Uint8Array(2 + length);
	result[0] = length >> 8;
	result[1] = length;
	result.set(bytes, 2);
	return result;
}

function fixedHeader(operation: number, flags: number, remainingLength: number): Uint8Array {
	const first = (operation << 4) | flags;
	if (remainingLength <= 0x7f) return Uint8Array.of(first, remainingLength);
	if (remainingLength > maximumRemainingLength)
		throw new RangeError(`a packet of ${remainingLength} bytes exceeds MQTT's ${maximumRemainingLength}`);
	const bytes = [first];
	let rest = remainingLength;
	for (; rest > 0x7f; rest >>>= 7) bytes.push(0x80 | (rest & 0x7f));
	bytes.push(rest);
	return Uint8Array.from(bytes);
}

/** Joins a packet's parts after its fixed header; `missing` bytes of it are written later. */
function packet(operation: number, flags: number, parts: readonly Uint8Array[], missing = 0): Uint8Array {
	let byteLength = 0;
	for (const part of parts) byteLength += part.length;
	const header = fixedHeader(operation, flags, byteLength + missing);
	const result = new Uint8Array(header.length + byteLength);
	result.set(header);
	let position = header.length;
	for (const part of parts) {
		result.set(part, position);
		position += part.length;
	}
	return result;
}

/** CONNECT. Throws where MQTT-3.1.2-22 does: a password needs a user name. */
export function connect({ id, clean, keepAlive, user, password, will }: Connect, encode: Encode): Uint8Array {
	if (password !== undefined && user === undefined) throw new Error("a password needs a user name (MQTT-3.1.2-22)");
	let flags = clean ? connectFlags.cleanSession : 0;
	const payload = [field(id, encode)];
	if (will) {
		flags |=
			connectFlags.will |
			(quality(will.QoS ?? 0) << connectFlags.willQoS) |
			(will.retain ? connectFlags.willRetain : 0);
		payload.push(field(will.topic, encode), field(will.message ?? "", encode));
	}
	if (user !== undefined) {
		flags |= connectFlags.user;
		payload.push(field(user, encode));
	}
	if (password !== undefined) {
		flags |= connectFlags.password;
		payload.push(field(password, encode));
	}
	return packet(operations.CONNECT, 0, [protocol, Uint8Array.of(flags), word(keepAlive), ...payload]);
}

/**
 * PUBLISH with the beginning of its payload, or all of it.
 * @param byteLength the whole payload's
 */
export function publish(
	{ topic, QoS, id, retain, duplicate }: Publish,
	data: Uint8Array,
	byteLength: number,
	encode: Encode,
): Uint8Array {
	if (topic === undefined) throw new TypeError("PUBLISH needs a topic");
	const flags = (duplicate ? 8 : 0) | (quality(QoS) << 1) | (retain ? 1 : 0);
	const name = field(topic, encode);
	const parts = QoS > 0 ? [name, packetIdentifier(id), data] : [name, data];
	return packet(operations.PUBLISH, flags, parts, byteLength - data.length);
}

/** SUBSCRIBE (section 3.8). */
export function subscribe(id: number, items: readonly Subscription[], encode: Encode): Uint8Array {
	const filters = items.flatMap(({ topic, QoS }) => [field(topic, encode), Uint8Array.of(quality(QoS ?? 0))]);
	if (filters.length === 0) throw new Error("SUBSCRIBE needs at least one topic filter (MQTT-3.8.3-3)");
	return packet(operations.SUBSCRIBE, 2, [packetIdentifier(id), ...filters]);
}

/** UNSUBSCRIBE (section 3.10). */
export function unsubscribe(id: number, items: readonly Subscription[], encode: Encode): Uint8Array {
	const filters = items.map(({ topic }) => field(topic, encode));
	if (filters.length === 0) throw new Error("UNSUBSCRIBE needs at least one topic filter (MQTT-3.10.3-2)");
	return packet(operations.UNSUBSCRIBE, 2, [packetIdentifier(id), ...filters]);
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP (sections 3.4 to 3.7): four bytes. */
export function acknowledgement(operation: number, id: number): Uint8Array {
	checkIdentifier(id);
	return Uint8Array.of((operation << 4) | (operation === operations.PUBREL ? 2 : 0), 2, id >> 8, id);
}

/** PINGREQ or DISCONNECT (sections 3.12 and 3.14): two bytes. */
export function bare(operation: number): Uint8Array {
	return packet(operation, 0, []);
}
