// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";

import { seedByteLength, seededRandom } from "../../../modules/iot/random.js";
import { encode } from "../../../tools/iot-core/broker/packets.js";

/** CONNECT of a clean session. */
export function connectPacket(clientId: string): Buffer {
	return encode({ cmd: "connect", clientId, protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 });
}

/** Packets of a device, well formed, of every kind and of QoS 2's too. */
const samplePackets: readonly Buffer[] = [
	connectPacket("mutant"),
	encode({
		cmd: "connect",
		clientId: "mutant",
		protocolId: "MQTT",
		protocolVersion: 4,
		clean: false,
		keepalive: 10,
		username: "u",
		password: Buffer.from("p"),
		will: { topic: "w", payload: Buffer.from("x"), qos: 1, retain: true },
	}),
	encode({
		cmd: "connect",
		clientId: "mutant",
		protocolId: "MQTT",
		protocolVersion: 5,
		clean: true,
		keepalive: 10,
		properties: { sessionExpiryInterval: 60 },
	}),
	encode({ cmd: "publish", topic: "a/b", payload: "payload", qos: 0, dup: false, retain: true }),
	encode({ cmd: "publish", topic: "a/b", payload: "payload", qos: 1, dup: true, retain: false, messageId: 7 }),
	encode({ cmd: "publish", topic: "a/b", payload: "payload", qos: 2, dup: false, retain: false, messageId: 8 }),
	encode({ cmd: "puback", messageId: 1 }),
	encode({ cmd: "pubrec", messageId: 1 }),
	encode({ cmd: "pubrel", messageId: 1 }),
	encode({ cmd: "pubcomp", messageId: 1 }),
	encode({
		cmd: "subscribe",
		messageId: 3,
		subscriptions: [
			{ topic: "a/#", qos: 1 },
			{ topic: "+/b", qos: 0 },
		],
	}),
	encode({ cmd: "unsubscribe", messageId: 4, unsubscriptions: ["a/#", "c"] }),
	encode({ cmd: "pingreq" }),
	encode({ cmd: "disconnect" }),
];

/** Makes mutated packets from a seed: the same seed, the same packets. */
export class Mutator {
	readonly #random: () => number;

	constructor(seed: string) {
		this.#random = seededRandom(createHash("sha256").update(seed).digest().subarray(0, seedByteLength));
	}

	/** A whole number below `end`. */
	below(end: number): number {
		return Math.floor(this.#random() * end);
	}

	/** A few packets behind one another, of which some bytes were changed, put in, left out or doubled. */
	stream(): Buffer {
		const packets = Array.from(
			{ length: 1 + this.below(4) },
			() => samplePackets[this.below(samplePackets.length)] ?? Buffer.alloc(0),
		);
		let bytes: Buffer = Buffer.concat(packets);
		for (let count = this.below(5); count > 0; count--) bytes = this.#mutate(bytes);
		return bytes;
	}

	#mutate(bytes: Buffer): Buffer {
		const at = this.below(bytes.length + 1),
			length = this.below(8);
		const before = bytes.subarray(0, at),
			after = bytes.subarray(at);
		switch (this.below(5)) {
			case 0: {
				const changed = Buffer.from(bytes);
				if (at < changed.length) changed[at] = this.below(256);
				return changed;
			}
			case 1:
				return Buffer.concat([before, Buffer.from(Array.from({ length }, () => this.below(256))), after]);
			case 2:
				return Buffer.concat([before, after.subarray(length)]);
			case 3:
				return Buffer.concat([before, after.subarray(0, length), after]);
			default:
				return Buffer.from(before);
		}
	}
}
