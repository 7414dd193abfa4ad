// SPDX-License-Identifier: MIT
import { setTimeout as delay } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";

import { encode } from "../../../tools/iot-core/broker/packets.js";
import { type ObservedPacket, PacketSplitter, packetType } from "../../../tools/iot-core/scenario/packet.js";
import type { DeviceIdentity, Fixture } from "./fixture.js";

const waitMs = 240_000,
	pollMs = 5;

/** A device that sends the bytes that it is told to, and acknowledges nothing by itself. */
export class RawDevice {
	readonly socket: TLSSocket;
	/** What came, with when (milliseconds of `performance.now()`). */
	readonly packets: (ObservedPacket & { at: number })[] = [];
	closed = false;
	readonly #splitter = new PacketSplitter();

	private constructor(socket: TLSSocket) {
		this.socket = socket;
		socket.on("data", (bytes: Buffer) =>
			this.packets.push(...this.#splitter.push(bytes).map(packet => ({ ...packet, at: performance.now() }))),
		);
		socket.on("error", () => socket.destroy());
		socket.on("close", () => (this.closed = true));
	}

	/** Comes through the TLS handshake. */
	static open({ core }: Fixture, { certificate, key }: DeviceIdentity): Promise<RawDevice> {
		return new Promise((resolve, reject) => {
			const socket = connect({
				host: "127.0.0.1",
				port: core.devicePort,
				servername: core.endpoint,
				ca: core.rootCa,
				cert: certificate,
				key,
			});
			socket.once("secureConnect", () => resolve(new RawDevice(socket)));
			socket.once("error", reject);
		});
	}

	/** Sends CONNECT and waits for its CONNACK. */
	static async connect(
		fixture: Fixture,
		device: DeviceIdentity,
		clientId: string,
		{ clean = true, keepAlive = 60 } = {},
	): Promise<RawDevice> {
		const raw = await RawDevice.open(fixture, device);
		raw.socket.write(
			encode({ cmd: "connect", clientId, protocolId: "MQTT", protocolVersion: 4, clean, keepalive: keepAlive }),
		);
		await raw.until("CONNACK", () => raw.of("CONNACK").length === 1);
		return raw;
	}

	/** The packets of one type that came. */
	of(type: keyof typeof packetType): (ObservedPacket & { at: number })[] {
		return this.packets.filter(packet => packet.type === packetType[type]);
	}

	async subscribe(topic: string, qos: 0 | 1): Promise<void> {
		const before = this.of("SUBACK").length;
		this.socket.write(encode({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] }));
		await this.until("SUBACK", () => this.of("SUBACK").length > before);
	}

	publish(topic: string, payload: string | Buffer, messageId?: number): void {
		this.socket.write(
			encode({
				cmd: "publish",
				topic,
				payload,
				qos: messageId === undefined ? 0 : 1,
				dup: false,
				retain: false,
				...(messageId === undefined ? {} : { messageId }),
			}),
		);
	}

	acknowledge(messageId: number | undefined): void {
		this.socket.write(encode({ cmd: "puback", messageId: messageId ?? 0 }));
	}

	/** Waits until something is so. */
	async until(what: string, holds: () => boolean): Promise<void> {
		for (const end = performance.now() + waitMs; !holds(); await delay(pollMs))
			if (performance.now() > end) throw new Error(`${what} did not come within ${waitMs / 1000} s`);
	}

	/** Sends PINGREQ and waits for its PINGRESP: by then, what went before has been seen to. */
	async ping(): Promise<void> {
		const before = this.of("PINGRESP").length;
		this.socket.write(encode({ cmd: "pingreq" }));
		await this.until("PINGRESP", () => this.of("PINGRESP").length > before);
	}

	end(): void {
		this.socket.destroy();
	}
}
