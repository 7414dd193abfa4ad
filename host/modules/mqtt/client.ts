/** The module `embedded:network/mqtt/client` on Linux. */
import Time from "time";
import Timer from "timer";
import { MQTTConnection } from "./connection.js";
import type { MQTTClientOptions } from "./options.js";

const platform = {
	timer: Timer,
	time: Time,
	encode: (text: string) => ArrayBuffer.fromString(text),
	decode: (bytes: ArrayBuffer) => String.fromArrayBuffer(bytes),
	trace: (text: string) => trace(text),
};

export default class MQTTClient extends MQTTConnection {
	constructor(options: MQTTClientOptions) {
		super(options, platform);
	}
}
