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

/** Sections 1.5.3 and 3.3.2.1. */
function topicName(bytes: Uint8Array, length: number, decode: Decode): string {
	const end = bytes.indexOf(0);
	if (end >= 0 && end < length) throw new MalformedPacket("PUBLISH whose topic has a null character (MQTT-1.5.3-2)");
	let topic: string;
	try {
		topic = decode((bytes.buffer as ArrayBuffer).slice(0, length));
	} catch {
		throw new MalformedPacket("PUBLISH whose topic is not UTF-8 (MQTT-1.5.3-1)");
	}
	if (topic.includes("+") || topic.includes("#"))
		throw new MalformedPacket("PUBLISH whose topic has a wildcard (MQTT-3.3.2-2)");
	return topic;
}

function controlPacket(operation: number, bytes: Uint8Array): ControlPacket {
	if (bytes.length === 0) return { operation };
	if (operation === operations.CONNACK) return { operation, returnCode: at(bytes, 1) };
	const id = packetIdentifierAt(bytes, 0, bodies[operation]?.name ?? "");
	return operation === operations.SUBACK
		? { operation, id, payload: Array.from(bytes.subarray(2)) }
		: { operation, id };
}

const noBytes = new Uint8Array(0);

/** Collects one packet after the other, never asking for a byte after the part of it that it parses. */
export class PacketReader {
	readonly #decode: Decode;
	/** The part that is collected, and what takes it: `filled`'s result. */
	#bytes = noBytes;
	#take: (this: PacketReader, bytes: Uint8Array) => Packet | undefined = PacketReader.#takeStart;
	#length = 0;
	/** Control packet type and flags, of the fixed header. */
	#operation = 0;
	#flags = 0;
	/** The remaining length as far as it is known, and the place of its next seven bits. */
	#rest = 0;
	#shift = 0;

	constructor(decode: Decode) {
		this.#decode = decode;
		this.#want(2, PacketReader.#takeStart);
	}

	/** What is missing before the reader can go on: fill it from its beginning, then call `filled`. Never empty. */
	get space(): Uint8Array {
		return this.#length === 0 ? this.#bytes : this.#bytes.subarray(this.#length);
	}

	/**
	 * Takes the first `count` bytes of `space`.
	 * @returns the packet, when these bytes completed it
	 * @throws MalformedPacket; the reader is of no use then
	 */
	filled(count: number): Packet | undefined {
		this.#length += count;
		return this.#length < this.#bytes.length ? undefined : this.#take(this.#bytes);
	}

	#want(byteLength: number, take: (this: PacketReader, bytes: Uint8Array) => Packet | undefined): undefined {
		if (this.#bytes.length !== byteLength) this.#bytes = new Uint8Array(byteLength);
		this.#take = take;
		this.#length = 0;
	}

	#done(packet: Packet): Packet {
		this.#want(2, PacketReader.#takeStart);
		return packet;
	}

	static #takeStart(this: PacketReader, bytes: Uint8Array): Packet | undefined {
		this.#operation = at(bytes, 0) >> 4;
		this.#flags = at(bytes, 0) & 0x0f;
		this.#rest = this.#shift = 0;
		return this.#takeLength(at(bytes, 1));
	}

	static #takeMoreLength(this: PacketReader, bytes: Uint8Array): Packet | undefined {
		return this.#takeLength(at(bytes, 0));
	}

	/** The seven bits of each byte, least significant first; the highest bit says that another byte follows (section 2.2.3). */
	#takeLength(byte: number): Packet | undefined {
		this.#rest |= (byte & 0x7f) << this.#shift;
		this.#shift += 7;
		if (byte & 0x80) {
			if (this.#shift > 21) throw new MalformedPacket("remaining length of more than four bytes");
			return this.#want(1, PacketReader.#takeMoreLength);
		}
		return this.#operation === operations.PUBLISH ? this.#beginPublish() : this.#beginControl();
	}

	#beginControl(): Packet | undefined {
		const body = bodies[this.#operation];
		if (!body)
			throw new MalformedPacket(`control packet type ${this.#operation}, which a server does not send (section 2.2.1)`);
		const { name, minimum, maximum, flags } = body;
		if (flags !== this.#flags) throw new MalformedPacket(`${name} with flags ${this.#flags} (MQTT-2.2.2-2)`);
		if (this.#rest < minimum || this.#rest > maximum) throw new MalformedPacket(`${name} of ${this.#rest} bytes`);
		if (this.#rest === 0) return this.#done(controlPacket(this.#operation, noBytes));
		return this.#want(this.#rest, PacketReader.#takeControl);
	}

	static #takeControl(this: PacketReader, bytes: Uint8Array): Packet | undefined {
		return this.#done(controlPacket(this.#operation, bytes));
	}

	get #QoS(): number {
		return (this.#flags >> 1) & 3;
	}

	get #idLength(): number {
		return this.#QoS > 0 ? 2 : 0;
	}

	#beginPublish(): undefined {
		if (this.#QoS === 3) throw new MalformedPacket("PUBLISH with QoS 3 (MQTT-3.3.1-4)");
		if (this.#rest < 2 + 1 + this.#idLength) throw new MalformedPacket("PUBLISH without a topic");
		return this.#want(2, PacketReader.#takeTopicLength);
	}

	static #takeTopicLength(this: PacketReader, bytes: Uint8Array): undefined {
		const topicLength = wordAt(bytes, 0);
		if (topicLength === 0) throw new MalformedPacket("PUBLISH with an empty topic (MQTT-4.7.3-1)");
		this.#rest -= 2 + topicLength + this.#idLength;
		if (this.#rest < 0) throw new MalformedPacket("PUBLISH whose topic is longer than the packet");
		return this.#want(topicLength + this.#idLength, PacketReader.#takeTopic);
	}

	static #takeTopic(this: PacketReader, bytes: Uint8Array): Packet {
		const QoS = this.#QoS;
		const topicLength = bytes.length - this.#idLength;
		const topic = topicName(bytes, topicLength, this.#decode);
		const id = QoS > 0 ? packetIdentifierAt(bytes, topicLength, "PUBLISH") : 0;
		return this.#done({ operation: operations.PUBLISH, topic, QoS, id, byteLength: this.#rest });
	}
}
