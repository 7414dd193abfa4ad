// SPDX-License-Identifier: MIT
import { isUtf8 } from "node:buffer";
import { type Packet as AnyPacket, generate, type IConnectPacket, parser } from "mqtt-packet";

import { packetName, packetSize, packetType } from "../scenario/packet.js";

/** A CONNECT, of any version of MQTT. */
export type ConnectPacket = IConnectPacket;

/** A PUBLISH as it comes: QoS 2 too. */
export interface PublishPacket {
	cmd: "publish";
	topic: string;
	payload: Buffer;
	qos: 0 | 1 | 2;
	retain: boolean;
	/** 1 to 65535; at QoS 0 there is none. */
	messageId: number | undefined;
}

/** One topic filter of a SUBSCRIBE. */
export interface TopicFilter {
	topic: string;
	qos: 0 | 1 | 2;
}

export interface PubackPacket {
	cmd: "puback";
	messageId: number;
}

export interface SubscribePacket {
	cmd: "subscribe";
	messageId: number;
	subscriptions: TopicFilter[];
}

export interface UnsubscribePacket {
	cmd: "unsubscribe";
	messageId: number;
	unsubscriptions: string[];
}

/** The packets of a client that a server has something to do with. */
export type ClientPacket =
	| ConnectPacket
	| PublishPacket
	| PubackPacket
	| SubscribePacket
	| UnsubscribePacket
	| { cmd: "pingreq" }
	| { cmd: "disconnect" };

/** Bytes that MQTT 3.1.1 does not allow; the message says what is wrong with them. */
export class MqttProtocolError extends Error {
	override readonly name = "MqttProtocolError";
}

/** A request of HTTP came in the place of MQTT's first packet. */
export class HttpRequestError extends MqttProtocolError {}

const httpMethods = ["GET ", "POST", "PUT ", "HEAD"];

/** Cuts a stream of bytes into the packets of a client, strictly. */
export class PacketDecoder {
	readonly #maximum: number;
	/** Keeps the version of CONNECT, which later packets are read by. */
	readonly #parser = parser();
	#parsed: AnyPacket | undefined;
	#fault: string | undefined;
	#pending: Buffer = Buffer.alloc(0);

	/** @param maximum bytes of the largest packet; a larger one is refused as soon as its fixed header is there */
	constructor(maximum: number) {
		this.#maximum = maximum;
		this.#parser.on("packet", packet => (this.#parsed = packet));
		this.#parser.on("error", (error: Error) => (this.#fault ??= error.message));
	}

	/** Takes bytes as they come. */
	push(bytes: Buffer): void {
		this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
	}

	/** Bytes that came and were not taken as packets yet. */
	get pending(): number {
		return this.#pending.length;
	}

	/**
	 * The next packet; undefined until it is complete.
	 * @throws ProtocolError for bytes that MQTT does not allow
	 */
	next(): ClientPacket | undefined {
		const size = packetSize(checkFirst(this.#pending));
		if (size === undefined) return undefined;
		if (size > this.#maximum)
			throw new MqttProtocolError(`a packet of ${size} bytes was announced, more than ${this.#maximum}`);
		if (size > this.#pending.length) return undefined;
		const bytes = this.#pending.subarray(0, size);
		this.#pending = this.#pending.subarray(size);
		return readOften(bytes) ?? check(this.#parse(bytes), bytes);
	}

	#parse(bytes: Buffer): AnyPacket {
		this.#parsed = this.#fault = undefined;
		const left = this.#read(bytes);
		if (this.#parsed === undefined || this.#fault !== undefined)
			throw new MqttProtocolError(this.#fault ?? "a packet is cut off in the middle of a field");
		if (left !== 0) throw new MqttProtocolError("a packet is longer than its remaining length");
		return this.#parsed;
	}

	/** The parser reads beyond the end of some malformed packets, which throws. */
	#read(bytes: Buffer): number {
		try {
			return this.#parser.parse(bytes);
		} catch (error) {
			throw new MqttProtocolError(error instanceof Error ? error.message : String(error));
		}
	}
}

/** The packets that a client sends with their flags (MQTT 3.1.1, sections 2.2.1 and 2.2.2); those of PUBLISH have values. */
const clientFlags: ReadonlyMap<number, number | undefined> = new Map([
	[packetType.CONNECT, 0],
	[packetType.PUBLISH, undefined],
	[packetType.PUBACK, 0],
	[packetType.SUBSCRIBE, 2],
	[packetType.UNSUBSCRIBE, 2],
	[packetType.PINGREQ, 0],
	[packetType.DISCONNECT, 0],
]);

/** Looks at the first byte before there is more, so that what is not MQTT is not waited for. */
function checkFirst(bytes: Buffer): Buffer {
	const first = bytes[0];
	if (first === undefined) return bytes;
	if (httpMethods.includes(bytes.toString("latin1", 0, 4)))
		throw new HttpRequestError("an HTTP request came where MQTT belongs: neither WebSocket nor HTTPS is served");
	const type = first >> 4,
		flags = clientFlags.get(type);
	if (!clientFlags.has(type)) throw new MqttProtocolError(`${packetName({ type })} of a client is not supported`);
	if (flags !== undefined && (first & 0x0f) !== flags)
		throw new MqttProtocolError(`the flags of a ${packetName({ type })} are ${first & 0x0f}, not ${flags}`);
	return bytes;
}

/** A type and four bytes of length (MQTT 3.1.1, section 2.2). */
const maxFixedHeader = 5;

/** Reads the packets that come most, which needs no general parser; undefined for all others. */
function readOften(bytes: Buffer): ClientPacket | undefined {
	const first = bytes[0] ?? 0,
		type = first >> 4;
	let start = 2;
	while ((bytes[start - 1] ?? 0) >= 0x80) start++;
	if (start > maxFixedHeader) return undefined;
	if (type === packetType.PUBLISH) return readPublish(bytes.subarray(start), first);
	if (type === packetType.PUBACK && bytes.length === start + 2)
		return { cmd: "puback", messageId: identifier(bytes.readUInt16BE(start)) };
	return undefined;
}

/** PUBLISH (MQTT 3.1.1, section 3.3). */
function readPublish(body: Buffer, first: number): PublishPacket {
	const qos = (first >> 1) & 3,
		dup = (first & 8) !== 0;
	if (qos === 3) throw new MqttProtocolError("both bits of QoS are set (MQTT-3.3.1-4)");
	if (dup && qos === 0) throw new MqttProtocolError("DUP is set in a PUBLISH at QoS 0 (MQTT-3.3.1-2)");
	const end = body.length < 2 ? Infinity : 2 + body.readUInt16BE(0);
	if (end > body.length) throw new MqttProtocolError("the topic of a PUBLISH is longer than the packet");
	const header = qos === 0 ? end : end + 2;
	const messageId = qos === 0 ? undefined : identifier(header > body.length ? undefined : body.readUInt16BE(end));
	const name = body.subarray(2, end);
	if (!isUtf8(name)) throw new MqttProtocolError("a string is not UTF-8 (MQTT-1.5.3-1)");
	const topic = name.toString("utf8");
	if (topic.includes("\0")) throw new MqttProtocolError("a string contains the character U+0000 (MQTT-1.5.3-2)");
	return {
		cmd: "publish",
		topic,
		// A copy: a kept message must not keep all that came with it.
		payload: Buffer.from(body.subarray(header)),
		qos: qos as 0 | 1 | 2,
		retain: (first & 1) !== 0,
		messageId,
	};
}

/** The bytes of a packet to a client. */
export function encode(packet: AnyPacket): Buffer {
	return generate(packet);
}

/** PUBACK (MQTT 3.1.1, section 3.4): it goes out for each message, and needs no general encoder. */
export function pubackPacket(messageId: number): Buffer {
	return Buffer.of(packetType.PUBACK << 4, 2, messageId >> 8, messageId & 0xff);
}

/** What the parser lets pass, and MQTT 3.1.1 does not. */
function check(packet: AnyPacket, bytes: Buffer): ClientPacket {
	switch (packet.cmd) {
		case "connect":
			wellFormed([packet.clientId, packet.will?.topic, packet.username], bytes);
			return packet;
		case "puback":
			return { cmd: "puback", messageId: identifier(packet.messageId) };
		case "subscribe":
			if (packet.subscriptions.length === 0)
				throw new MqttProtocolError("a SUBSCRIBE has no topic filter (MQTT-3.8.3-3)");
			wellFormed(
				packet.subscriptions.map(({ topic }) => topic),
				bytes,
			);
			return { cmd: "subscribe", messageId: identifier(packet.messageId), subscriptions: packet.subscriptions };
		case "unsubscribe":
			if (packet.unsubscriptions.length === 0)
				throw new MqttProtocolError("an UNSUBSCRIBE has no topic filter (MQTT-3.10.3-2)");
			wellFormed(packet.unsubscriptions, bytes);
			return { cmd: "unsubscribe", messageId: identifier(packet.messageId), unsubscriptions: packet.unsubscriptions };
		case "pingreq":
		case "disconnect":
			if (bytes.length !== 2) throw new MqttProtocolError(`a ${packet.cmd.toUpperCase()} has a payload`);
			return { cmd: packet.cmd };
		default:
			throw new MqttProtocolError(`a client does not send ${packet.cmd.toUpperCase()}`);
	}
}

/** MQTT-2.3.1-1. */
function identifier(messageId: number | undefined): number {
	if (messageId === undefined || messageId < 1)
		throw new MqttProtocolError("a packet identifier is missing or 0 (MQTT-2.3.1-1)");
	return messageId;
}

/** MQTT-1.5.3-1: decoding has put U+FFFD where the bytes were no UTF-8, and these bytes are not in the packet. MQTT-1.5.3-2: no U+0000. */
function wellFormed(texts: readonly (string | undefined)[], bytes: Buffer): void {
	for (const text of texts) {
		if (text?.includes("\uFFFD") && !bytes.includes(text))
			throw new MqttProtocolError("a string is not UTF-8 (MQTT-1.5.3-1)");
		if (text?.includes("\0")) throw new MqttProtocolError("a string contains the character U+0000 (MQTT-1.5.3-2)");
	}
}
