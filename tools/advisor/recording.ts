// SPDX-License-Identifier: MIT
import { type Observation, type Observer, type PacketSender, packetType } from "../iot-core/testing.js";

/** Everything that was seen of a device's connections, in its order. */
export class Recording implements Observer {
	readonly packets: Observation[] = [];
	/** Cipher suites of each ClientHello, and when it came. */
	readonly hellos: { suites: readonly number[]; at: number }[] = [];
	/** Lengths of the TLS records that went to the device. */
	readonly records: number[] = [];
	/** When the MQTT connections ended, by their numbers. */
	readonly closed = new Map<number, number>();
	/** Lines of iot-core's log. */
	readonly log: string[] = [];

	onClientHello(suites: readonly number[], at: number): void {
		this.hellos.push({ suites, at });
	}

	onRecord(length: number): void {
		this.records.push(length);
	}

	onPacket(observation: Observation): void {
		this.packets.push(observation);
	}

	onClosed(connection: number, at: number): void {
		this.closed.set(connection, at);
	}

	/**
	 * The packets of one type and one sender.
	 * @param since how many packets were there before: these do not count
	 */
	of(type: keyof typeof packetType, from: PacketSender = "device", since = 0): Observation[] {
		return this.packets
			.slice(since)
			.filter(({ packet, from: sender }) => packet.type === packetType[type] && sender === from);
	}

	/** The packets of one type and sender on one connection. */
	on(connection: number, type: keyof typeof packetType, from: PacketSender = "device"): Observation[] {
		return this.of(type, from).filter(observation => observation.connection === connection);
	}

	/** For each connection that has ended, the time until the device sent its next ClientHello, in milliseconds. */
	waits(): number[] {
		return [...this.closed.values()].flatMap(end => {
			const next = this.hellos.find(({ at }) => at > end);
			return next === undefined ? [] : [next.at - end];
		});
	}
}
