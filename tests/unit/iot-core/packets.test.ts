// SPDX-License-Identifier: MIT
import { generate } from "mqtt-packet";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { publishPacket } from "../../../tools/iot-core/broker/message.js";
import {
	type ClientPacket,
	encode,
	MqttProtocolError,
	PacketDecoder,
	pubackPacket,
} from "../../../tools/iot-core/broker/packets.js";
import { Mutator } from "../../system/iot-core/mutations.js";

const maximum = 1_000;
const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

function decode(...chunks: readonly Buffer[]): ClientPacket[] {
	const decoder = new PacketDecoder(maximum),
		packets: ClientPacket[] = [];
	for (const chunk of chunks) {
		decoder.push(chunk);
		for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) packets.push(packet);
	}
	return packets;
}

/** CONNECT of client id "s", clean session, keep-alive 60 s. */
const connect = bytes("10 0d 0004 4d515454 04 02 003c 0001 73");

test("packets are cut from the stream wherever it is cut", () => {
	const stream = Buffer.concat([
		connect,
		bytes("32 06 0001 61 0007 78"),
		bytes("40 02 0007"),
		bytes("82 06 0008 0001 61 01"),
		bytes("a2 05 0009 0001 61"),
		bytes("c0 00 e0 00"),
	]);
	const whole = decode(stream);
	assert.equal(
		whole.map(({ cmd }) => cmd),
		["connect", "publish", "puback", "subscribe", "unsubscribe", "pingreq", "disconnect"],
	);
	assert.equal(whole[1], {
		cmd: "publish",
		topic: "a",
		payload: Buffer.from("x"),
		qos: 1,
		retain: false,
		messageId: 7,
	});
	assert.equal(whole.slice(2), [
		{ cmd: "puback", messageId: 7 },
		{ cmd: "subscribe", messageId: 8, subscriptions: [{ topic: "a", qos: 1 }] },
		{ cmd: "unsubscribe", messageId: 9, unsubscriptions: ["a"] },
		{ cmd: "pingreq" },
		{ cmd: "disconnect" },
	]);
	assert.equal(
		decode(...Array.from(stream, (_, index) => stream.subarray(index, index + 1))).map(({ cmd }) => cmd),
		whole.map(({ cmd }) => cmd),
	);
});

test("U+FFFD may be in a topic when it is there in UTF-8", () => {
	const [packet] = decode(bytes("30 06 0003 efbfbd 78"));
	assert.is(packet?.cmd === "publish" && packet.topic, "\uFFFD");
});

for (const [what, hex, reason] of [
	["HTTP", "474554", /flags of a PUBACK/],
	["a packet type that a client does not send", "20 02 0000", /CONNACK of a client is not supported/],
	["a packet of QoS 2's handshake", "62 02 0001", /PUBREL of a client/],
	["type 0", "00 00", /packet of type 0 of a client/],
	["flags that are reserved", "80 06 0008 0001 61 01", /flags of a SUBSCRIBE are 0, not 2/],
	["QoS 3", "36 06 0001 61 0007 78", /QoS/],
	["DUP at QoS 0", "38 04 0001 61 78", /MQTT-3\.3\.1-2/],
	["packet identifier 0", "32 06 0001 61 0000 78", /MQTT-2\.3\.1-1/],
	["no packet identifier", "32 03 0001 61", /MQTT-2\.3\.1-1/],
	["a SUBSCRIBE without a filter", "82 02 0008", /MQTT-3\.8\.3-3/],
	["a filter without its QoS", "82 05 0008 0001 61", /Malformed/],
	["a requested QoS of 3", "82 06 0008 0001 61 03", /QoS/],
	["an UNSUBSCRIBE without a filter", "a2 02 0009", /MQTT-3\.10\.3-2/],
	["a topic that is longer than its packet", "30 03 0009 61", /topic/],
	["a topic that is no UTF-8", "30 04 0001 ff 78", /MQTT-1\.5\.3-1/],
	["a topic with U+0000", "30 04 0001 00 78", /MQTT-1\.5\.3-2/],
	["a client id that is no UTF-8", "10 0d 0004 4d515454 04 02 003c 0001 c3", /MQTT-1\.5\.3-1/],
	["the reserved flag of CONNECT", "10 0d 0004 4d515454 04 03 003c 0001 73", /bit 0/],
	["another protocol's name", "10 0d 0004 4d515455 04 02 003c 0001 73", /protocolId/],
	["a CONNECT that is cut short", "10 04 0004 4d51", /protocolId/],
	["a PINGREQ with a payload", "c0 01 00", /PINGREQ has a payload/],
	["a remaining length of five bytes", "30 ff ff ff ff 01", /length|byte/i],
] as const)
	test(`${what} is refused`, () => {
		assert.throws(
			() => decode(bytes(hex)),
			(error: unknown) => error instanceof MqttProtocolError && reason.test(error.message),
		);
	});

test("a packet that is too large is refused by its fixed header", () => {
	assert.throws(() => decode(bytes("30 ff 7f")), /16386 bytes was announced, more than 1000/);
});

test("of 20,000 mutated streams each is decoded or refused, and nothing else is thrown", () => {
	const mutator = new Mutator("decoder");
	let decoded = 0,
		refused = 0;
	for (let index = 0; index < 20_000; index++)
		try {
			decoded += decode(mutator.stream()).length;
		} catch (error) {
			assert.instance(error, MqttProtocolError);
			refused += 1;
		}
	assert.ok(decoded > 5_000 && refused > 5_000, `${decoded} packets, ${refused} refusals`);
});

test("what a server sends is MQTT 3.1.1's", () => {
	assert.equal(encode({ cmd: "connack", returnCode: 0, sessionPresent: true }), bytes("20 02 01 00"));
	assert.equal(encode({ cmd: "suback", messageId: 8, granted: [0, 1] }), bytes("90 04 0008 00 01"));
	assert.equal(encode({ cmd: "unsuback", messageId: 9, granted: [] }), bytes("b0 02 0009"));
	assert.equal(pubackPacket(0x0107), bytes("40 02 0107"));
	assert.equal(encode({ cmd: "pingresp" }), bytes("d0 00"));
	const message = { topic: "a", payload: Buffer.from("x"), qos: 1, retained: true } as const;
	assert.equal(publishPacket(message, 0x0107), bytes("33 06 0001 61 0107 78"));
	assert.equal(publishPacket({ ...message, qos: 0, retained: false }, undefined), bytes("30 04 0001 61 78"));
});

test("a PUBLISH of any length has the bytes of a general encoder", () => {
	const topic = "tö/x";
	// Around the ends of one, two and three bytes of "remaining length", and the longest payload.
	for (const border of [0, 0x80, 0x4000, 0x20_0000])
		for (let length = Math.max(0, border - 12); length < border + 2; length++)
			for (const id of [undefined, 1, 0xffff]) {
				const payload = Buffer.alloc(length, "x"),
					qos = id === undefined ? 0 : 1;
				const expected = generate({ cmd: "publish", topic, payload, qos, retain: false, dup: false, messageId: id });
				const packet = publishPacket({ topic, payload, qos, retained: false }, id);
				assert.ok(packet.equals(expected), `${length} bytes, packet id ${id}`);
			}
});

test("one message at QoS 0 is encoded once for all, at QoS 1 for each with its own packet id", () => {
	const message = { topic: "a", payload: Buffer.from("x"), qos: 1, retained: false } as const;
	const [first, second] = [publishPacket(message, 1), publishPacket(message, 2)];
	assert.equal([first, second], [bytes("32 06 0001 61 0001 78"), bytes("32 06 0001 61 0002 78")]);
	const atMostOnce = { ...message, qos: 0 } as const;
	assert.is(publishPacket(atMostOnce, undefined), publishPacket(atMostOnce, undefined));
});

test.run();
