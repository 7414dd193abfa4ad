// SPDX-License-Identifier: MIT
/** MQTT 3.1.1 control packet types (section 2.2.1). */
export const packetType = {
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

/** Packets whose variable header begins with the packet id (MQTT 3.1.1, section 2.3.1); PUBLISH has it after the topic. */
const withId: readonly number[] = [
	packetType.PUBACK,
	packetType.SUBSCRIBE,
	packetType.SUBACK,
	packetType.UNSUBSCRIBE,
	packetType.UNSUBACK,
];
/** "Remaining length" takes four bytes at most (MQTT 3.1.1, section 2.2.3). */
const maxLengthBytes = 4;
/** Position of the connect flags after the protocol name's length field, its four characters and the level (section 3.1.2). */
const connectFlags = 7;
const cleanSession = 0x02;

/** What is looked at in a control packet. */
export interface ObservedPacket {
	/** As in PACKET_TYPE. */
	type: number;
	/** The whole packet. */
	bytes: Buffer;
	/** Packet id; undefined for a packet without. */
	id: number | undefined;
	/** PUBLISH. */
	topic: string | undefined;
	qos: number;
	dup: boolean;
	/** Bytes of a PUBLISH packet's payload. */
	payloadLength: number;
	/** CONNECT: the server is asked to forget the session. */
	clean: boolean;
	/** CONNACK: the server has a session. */
	sessionPresent: boolean;
}

/** The name of a packet's type. */
export function packetName({ type }: Pick<ObservedPacket, "type">): string {
	return Object.entries(packetType).find(([, value]) => value === type)?.[0] ?? `packet of type ${type}`;
}

/** Cuts a stream of bytes into MQTT control packets. */
export class PacketSplitter {
	#pending: Buffer = Buffer.alloc(0);

	/** Takes bytes as they come, and returns the packets that they complete. */
	push(bytes: Buffer): ObservedPacket[] {
		this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
		const packets: ObservedPacket[] = [];
		for (
			let size = packetSize(this.#pending);
			size !== undefined && size <= this.#pending.length;
			size = packetSize(this.#pending)
		) {
			packets.push(parse(this.#pending.subarray(0, size)));
			this.#pending = this.#pending.subarray(size);
		}
		return packets;
	}

	/** What came and is not a whole packet yet. */
	get rest(): Buffer {
		return this.#pending;
	}
}

/** Bytes of the packet at the beginning, as its fixed header says; undefined while that is not there. */
export function packetSize(bytes: Buffer): number | undefined {
	let length = 0;
	for (let index = 0; index < maxLengthBytes; index++) {
		const byte = bytes[1 + index];
		if (byte === undefined) return undefined;
		length += (byte & 0x7f) * 128 ** index;
		if (byte < 0x80) return 2 + index + length;
	}
	// Malformed: the broker refuses it when it gets it.
	return bytes.length;
}

function parse(bytes: Buffer): ObservedPacket {
	const first = bytes[0] ?? 0;
	const body = bytes.subarray(bytes.findIndex((byte, index) => index > 0 && byte < 0x80) + 1);
	const type = first >> 4,
		qos = (first >> 1) & 3;
	const packet = {
		type,
		bytes,
		qos: 0,
		dup: false,
		id: undefined,
		topic: undefined,
		payloadLength: 0,
		clean: false,
		sessionPresent: false,
	};
	switch (type) {
		case packetType.PUBLISH:
			return { ...packet, ...publishOf(body, qos), qos, dup: (first & 0x08) !== 0 };
		case packetType.CONNECT:
			return { ...packet, clean: ((body[connectFlags] ?? 0) & cleanSession) !== 0 };
		case packetType.CONNACK:
			return { ...packet, sessionPresent: ((body[0] ?? 0) & 1) === 1 };
		default:
			return withId.includes(type) && body.length >= 2 ? { ...packet, id: body.readUInt16BE(0) } : packet;
	}
}

function publishOf(body: Buffer, qos: number): Partial<ObservedPacket> {
	if (body.length < 2) return {};
	const end = 2 + body.readUInt16BE(0);
	const header = qos > 0 ? end + 2 : end;
	if (body.length < header) return {};
	return {
		topic: body.toString("utf8", 2, end),
		id: qos > 0 ? body.readUInt16BE(end) : undefined,
		payloadLength: body.length - header,
	};
}
