// SPDX-License-Identifier: MIT
import { connect as connectTls, type TLSSocket } from "node:tls";
import mqtt, { type MqttClient } from "mqtt";
import type { Operator } from "../device/operator.js";
import type { IotCore } from "../iot-core/core.js";
import { type Issued, issueCertificate, packetType } from "../iot-core/testing.js";

const daysOfCertificate = 1;
const keepAlive = 60;
/** MQTT 3.1.1 (section 3.1.2.2). */
const protocolLevel = 4;
/** CONNECT flags (section 3.1.2.3): none, so that the session of the client id is kept. */
const keepSession = 0;

/** The other side's application: a client of its own at the endpoint, with a certificate of its own. */
export class Application {
	readonly #core: IotCore;
	readonly #identity: Issued;
	readonly #client: MqttClient;
	readonly #topic: string;

	/**
	 * Connects, and subscribes to a device's topic at QoS 1.
	 * @param onMessage takes each message of the topic
	 */
	static async start(
		core: IotCore,
		operator: Operator,
		topic: string,
		onMessage: (text: string) => void,
	): Promise<Application> {
		const identity = await issueCertificate({
			subject: "CN=application",
			days: daysOfCertificate,
			keyType: "ecdsa",
			now: Date.now(),
		});
		await operator.register(identity.certificate);
		const application = new Application(core, identity, topic);
		application.#client.on("message", (_topic, payload) => onMessage(payload.toString()));
		await new Promise(resolve => application.#client.once("connect", resolve));
		await application.#client.subscribeAsync(topic, { qos: 1 });
		return application;
	}

	private constructor(core: IotCore, identity: Issued, topic: string) {
		this.#core = core;
		this.#identity = identity;
		this.#topic = topic;
		this.#client = mqtt.connect({
			host: "127.0.0.1",
			port: core.devicePort,
			protocol: "mqtts",
			servername: core.endpoint,
			keepalive: keepAlive,
			ca: core.rootCa,
			cert: identity.certificate,
			key: identity.key,
		});
	}

	/** Settles when the endpoint has acknowledged the message. */
	async publish(text: string): Promise<void> {
		await this.#client.publishAsync(this.#topic, text, { qos: 1 });
	}

	/** Connects once more, with another client id, and is gone after CONNACK; what the endpoint has for that client stays there. */
	takeOver(clientId: string): void {
		const { endpoint, devicePort, rootCa } = this.#core;
		const socket: TLSSocket = connectTls({
			host: "127.0.0.1",
			port: devicePort,
			servername: endpoint,
			ca: rootCa,
			cert: this.#identity.certificate,
			key: this.#identity.key,
		});
		socket.once("secureConnect", () => socket.write(takeoverPacket(clientId)));
		socket.once("data", () => socket.destroy());
		socket.on("error", () => socket.destroy());
	}

	async close(): Promise<void> {
		await this.#client.endAsync(true);
	}
}

/** The CONNECT of a takeover (MQTT 3.1.1, section 3.1), for a client id of less than 100 bytes. */
export function takeoverPacket(clientId: string): Buffer {
	const id = Buffer.from(clientId);
	const body = Buffer.concat([
		Buffer.from([0, 4]),
		Buffer.from("MQTT"),
		Buffer.from([protocolLevel, keepSession, 0, keepAlive, 0, id.length]),
		id,
	]);
	return Buffer.concat([Buffer.from([packetType.CONNECT << 4, body.length]), body]);
}
