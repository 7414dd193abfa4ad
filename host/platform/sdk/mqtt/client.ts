// SPDX-License-Identifier: MIT
/** The module `embedded:network/mqtt/client` on Linux. */
import config from "mc/config";
import Time from "time";
import Timer from "timer";
import { MQTTConnection } from "./connection.js";
import type { MQTTClientOptions } from "./options.js";

const platform = {
	timer: Timer,
	time: Time,
	encode: (text: string) => ArrayBuffer.fromString(text),
	decode: (bytes: ArrayBuffer) => String.fromArrayBuffer(bytes),
	trace: Number(config.debug ?? 0) === 1 ? (text: string) => trace(text) : () => {},
};

/**
 * The client of the Moddable SDK 8.2.3, to the same bytes on the wire and the same callbacks in the same order, but:
 * - a message with an empty payload is delivered and acknowledged, where the SDK's client stops parsing;
 * - `close` is safe inside every callback and at every stage;
 * - what a server may not send (wrong flags, lengths, topics, order) ends the connection;
 * - what MQTT cannot express (packet identifier 0, QoS 3, no filters) is refused by `write` and by the constructor;
 * - CONNECT may be larger than what the socket accepts in one write;
 * - a packet is one write, and is parsed from reads of whole fields.
 */
export default class MQTTClient extends MQTTConnection {
	constructor(options: MQTTClientOptions) {
		super(options, platform);
	}
}
