// SPDX-License-Identifier: MIT
/**
 * The firmware's session at QoS 1 for `npm run bench -- qos1`: publishes to its own topic. Prints
 * `begin` before the first message and `end` when each was acknowledged and has come back; then it waits to be stopped.
 * mc/config: endpoint, address, port, bus; root, the trusted root as base64 of its DER; messages; inFlight.
 */
import Base64 from "base64";
import config from "mc/config";
import "mqttclient/config";
import { monotonic } from "iot/clock";
import { watchConnack } from "iot/connack";
import type { ClientConstructor } from "iot/mqtt";
import { seedByteLength, seededRandom } from "iot/random";
import { Session } from "iot/session";
import { randomBytes } from "platform/entropy";
import print from "platform/print";
import Link from "se050/link";
import { objects } from "se050/objects";
import { SE050 } from "se050/se050";
import Time from "time";
import Timer from "timer";
import TLSSocket from "tls/tlssocket";

interface Device {
	network: { mqtt: { io: ClientConstructor; dns: object; socket: { io: unknown } } };
}

const topic = "bench/qos1";
const payload = new Uint8Array(100).fill(0x78);

class Load {
	readonly #messages = Number(config.messages);
	readonly #inFlight = Number(config.inFlight);
	#session: Session | undefined;
	#published = 0;
	#acknowledged = 0;
	#received = 0;

	begin(session: Session): void {
		if (this.#session) throw new Error("the connection was lost");
		this.#session = session;
		print("begin");
		this.#pump();
	}

	acknowledge(): void {
		this.#acknowledged += 1;
		this.#pump();
	}

	receive(): void {
		this.#received += 1;
		this.#pump();
	}

	#pump(): void {
		const done = Math.min(this.#acknowledged, this.#received);
		while (this.#published < this.#messages && this.#published - done < this.#inFlight) {
			if (!this.#session?.publish(topic, payload, 1)) throw new Error("the session takes no message");
			this.#published += 1;
		}
		if (done === this.#messages) print("end");
	}
}

export default function qos1(): void {
	const { endpoint, address, port, bus, root } = config as unknown as Record<
		"endpoint" | "address" | "port" | "bus" | "root",
		string
	>;
	const chip = new SE050(new Link({ bus }));
	chip.select();
	const { mqtt } = (globalThis as unknown as { device: Device }).device.network;
	const secure = {
		trustedRoots: [Base64.decode(root)],
		certificate: chip.certificate(objects.cloudCertificate0),
		key: chip.key(),
	};
	const load = new Load();
	const session = new Session({
		io: mqtt.io,
		host: endpoint,
		port: Number(port),
		clientId: "bench-firmware",
		keepAlive: 1_200,
		dns: { ...mqtt.dns, address },
		socket: { io: watchConnack(TLSSocket), TCP: mqtt.socket, secure },
		subscriptions: [{ topic, QoS: 1 }],
		timer: Timer,
		now: monotonic(Time),
		random: seededRandom(randomBytes(seedByteLength)),
		report(event, fields) {
			if (event === "error") print(`error ${String(fields?.message)}`);
		},
		onReady: () => load.begin(session),
		onMessage: () => load.receive(),
		onAcknowledged: () => load.acknowledge(),
	});
}
