// SPDX-License-Identifier: MIT
/** MQTT 3.1.1 control packets that a server sends, parsed from pieces of any size. */
import { operations } from "./packets.js";

/** UTF-8 to a string; throws when it is not UTF-8. */
export type Decode = (bytes: ArrayBuffer) => string;

/** Everything of a PUBLISH before its payload, which stays where it is. */
export interface PublishHeader {
	operation: typeof operations.PUBLISH;
	topic: string;
	QoS: number;
	/** Packet identifier; 0 at QoS 0. */
	id: number;
	/** Of the payload. */
	byteLength: number;
}

/** Any other packet, in the shape of the SDK's `onControl` message. */
export interface ControlPacket {
	operation: number;
	/** Packet identifier, where the packet has one. */
	id?: number;
	/** CONNACK (section 3.2.2.3). */
	returnCode?: number;
	/** SUBACK: a return code for each topic filter (section 3.9.3). */
	payload?: number[];
}

export type Packet = PublishHeader | ControlPacket;

/** What came is not MQTT 3.1.1 from a server: the connection has to be closed (section 4.8). */
export class MalformedPacket extends Error {}

/** More than the return codes of 4,000 topic filters do not come in one SUBACK. */
const maximumSuback = 4_096;

/** Packets with a body, PUBLISH aside: its length in bytes, at least and at most (chapter 3). */
const bodies: Record<number, { name: string; minimum: number; maximum: number; flags: number }> = {
	[operations.CONNACK]: { name: "CONNACK", minimum: 2, maximum: 2, flags: 0 },
	[operations.PUBACK]: { name: "PUBACK", minimum: 2, maximum: 2, flags: 0 },
	[operations.PUBREC]: { name: "PUBREC", minimum: 2, maximum: 2, flags: 0 },
	[operations.PUBREL]: { name: "PUBREL", minimum: 2, maximum: 2, flags: 2 },
	[operations.PUBCOMP]: { name: "PUBCOMP", minimum: 2, maximum: 2, flags: 0 },
	[operations.SUBACK]: { name: "SUBACK", minimum: 3, maximum: maximumSuback, flags: 0 },
	[operations.UNSUBACK]: { name: "UNSUBACK", minimum: 2, maximum: 2, flags: 0 },
	[operations.PINGRESP]: { name: "PINGRESP", minimum: 0, maximum: 0, flags: 0 },
};

/** A parser in progress: it yields the number of bytes it wants next, at least 1, and is sent exactly those. */
type Steps<Result> = Generator<number, Result, Uint8Array>;

function at(bytes: Uint8Array, index: number): number {
	return bytes[index] ?? 0;
}

function wordAt(bytes: Uint8Array, index: number): number {
	return (at(bytes, index) << 8) | at(bytes, index + 1);
}

function packetIdentifierAt(bytes: Uint8Array, index: number, name: string): number {
	const id = wordAt(bytes, index);
	if (id === 0) throw new MalformedPacket(`${name} with packet identifier 0 (MQTT-2.3.1-1)`);
	return id;
}

/** The seven bits of each byte, least significant first; the highest bit says that another byte follows (section 2.2.3). */
function* remainingLength(first: number): Steps<number> {
	let byte = first;
	let length = byte & 0x7f;
	for (let shift = 7; byte & 0x80; shift += 7) {
		if (shift > 21) throw new MalformedPacket("remaining length of more than four bytes");
		byte = at(yield 1, 0);
		length |= (byte & 0x7f) << shift;
	}
	return length;
}

/** Sections 1.5.3 and 3.3.2.1. */
function topicName(bytes: Uint8Array, decode: Decode): string {
	if (bytes.includes(0)) throw new MalformedPacket("PUBLISH whose topic has a null character (MQTT-1.5.3-2)");
	let topic: string;
	try {
		topic = decode(bytes.slice().buffer);
	} catch {
		throw new MalformedPacket("PUBLISH whose topic is not UTF-8 (MQTT-1.5.3-1)");
	}
	if (topic.includes("+") || topic.includes("#"))
		throw new MalformedPacket("PUBLISH whose topic has a wildcard (MQTT-3.3.2-2)");
	return topic;
}

function* publishHeader(flags: number, length: number, decode: Decode): Steps<PublishHeader> {
	const QoS = (flags >> 1) & 3;
	if (QoS === 3) throw new MalformedPacket("PUBLISH with QoS 3 (MQTT-3.3.1-4)");
	const idLength = QoS > 0 ? 2 : 0;
	if (length < 2 + 1 + idLength) throw new MalformedPacket("PUBLISH without a topic");
	const topicLength = wordAt(yield 2, 0);
	if (topicLength === 0) throw new MalformedPacket("PUBLISH with an empty topic (MQTT-4.7.3-1)");
	const byteLength = length - 2 - topicLength - idLength;
	if (byteLength < 0) throw new MalformedPacket("PUBLISH whose topic is longer than the packet");
	const bytes = yield topicLength + idLength;
	const topic = topicName(bytes.subarray(0, topicLength), decode);
	const id = QoS > 0 ? packetIdentifierAt(bytes, topicLength, "PUBLISH") : 0;
	return { operation: operations.PUBLISH, topic, QoS, id, byteLength };
}

function* controlPacket(operation: number, flags: number, length: number): Steps<ControlPacket> {
	const body = bodies[operation];
	if (!body)
		throw new MalformedPacket(`control packet type ${operation}, which a server does not send (section 2.2.1)`);
	const { name, minimum, maximum } = body;
	if (flags !== body.flags) throw new MalformedPacket(`${name} with flags ${flags} (MQTT-2.2.2-2)`);
	if (length < minimum || length > maximum) throw new MalformedPacket(`${name} of ${length} bytes`);
	if (length === 0) return { operation };
	const bytes = yield length;
	if (operation === operations.CONNACK) return { operation, returnCode: at(bytes, 1) };
	const id = packetIdentifierAt(bytes, 0, name);
	return operation === operations.SUBACK
		? { operation, id, payload: Array.from(bytes.subarray(2)) }
		: { operation, id };
}

function* parse(decode: Decode): Steps<Packet> {
	const start = yield 2;
	const operation = at(start, 0) >> 4;
	const flags = at(start, 0) & 0x0f;
	const length = yield* remainingLength(at(start, 1));
	if (operation === operations.PUBLISH) return yield* publishHeader(flags, length, decode);
	return yield* controlPacket(operation, flags, length);
}

/** Collects one packet after the other, never asking for a byte behind the part of it that it parses. */
export class PacketReader {
	#decode: Decode;
	#steps: Steps<Packet>;
	#bytes!: Uint8Array;
	#length = 0;

	constructor(decode: Decode) {
		this.#decode = decode;
		this.#steps = this.#begin();
	}

	/** What is missing before the reader can go on: fill it from its beginning, then call `filled`. Never empty. */
	get space(): Uint8Array {
		return this.#bytes.subarray(this.#length);
	}

	/**
	 * Takes the first `count` bytes of `space`.
	 * @returns the packet, when these bytes completed it
	 * @throws MalformedPacket; the reader is of no use then
	 */
	filled(count: number): Packet | undefined {
		this.#length += count;
		if (this.#length < this.#bytes.length) return;
		const { done, value } = this.#steps.next(this.#bytes);
		if (!done) return this.#want(value);
		this.#steps = this.#begin();
		return value;
	}

	#begin(): Steps<Packet> {
		const steps = parse(this.#decode);
		const { value } = steps.next(new Uint8Array(0));
		this.#want(value as number);
		return steps;
	}

	#want(byteLength: number): undefined {
		this.#bytes = new Uint8Array(byteLength);
		this.#length = 0;
	}
}
